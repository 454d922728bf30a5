package ai.doxle.imageorigin.store.s3;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.netty.channel.ChannelOption;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import org.springframework.util.unit.DataSize;
import reactor.core.Disposable;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.client.config.SdkAdvancedAsyncClientOption;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.http.nio.netty.SdkEventLoopGroup;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3AsyncClientBuilder;

import ai.doxle.imageorigin.store.StoreProperties;

/**
 * The buckets of the configuration, each with a client of its own: a slow or failing
 * endpoint must not use up another's connections.
 */
final class S3Buckets implements AutoCloseable {

	private static final Duration KEEP_ALIVE = Duration.ofSeconds(20);

	/** The health probe has a connection of its own: being busy is no outage. */
	private static final int PROBES = 1;

	/** Most are renewed ahead of time by a thread of the provider's own. */
	private final DefaultCredentialsProvider credentials = DefaultCredentialsProvider.builder()
		.asyncCredentialUpdateEnabled(true)
		.build();

	private final Disposable announcement;

	private final List<S3AsyncClient> clients = new ArrayList<>();

	private final Map<String, S3ImageStore> stores = new LinkedHashMap<>();

	private final Map<String, S3Probe> probes = new LinkedHashMap<>();

	/**
	 * @param eventLoops for the connections
	 */
	S3Buckets(StoreProperties properties, SdkEventLoopGroup eventLoops) {
		NonBlockingCredentials awaited = new NonBlockingCredentials(this.credentials);
		this.announcement = awaited.announce();
		properties.buckets().forEach((bucket) -> {
			S3AsyncClient client = client(properties, bucket, eventLoops);
			this.clients.add(client);
			String name = bucket.name() + "-" + this.clients.size();
			this.stores.put(name, new S3ImageStore(client, awaited, bucket.name(), properties));
			this.probes.put(name, new S3Probe(client, awaited, bucket.name()));
		});
	}

	/** The buckets by name, in order of preference. */
	Map<String, S3ImageStore> stores() {
		return this.stores;
	}

	/** What asks each bucket, by the same names, whether it is there. */
	Map<String, S3Probe> probes() {
		return this.probes;
	}

	@Override
	public void close() {
		this.announcement.dispose();
		this.clients.forEach(S3AsyncClient::close);
		this.credentials.close();
	}

	private S3AsyncClient client(StoreProperties properties, StoreProperties.Bucket bucket,
			SdkEventLoopGroup eventLoops) {
		S3AsyncClientBuilder builder = S3AsyncClient.builder()
			.credentialsProvider(this.credentials)
			.httpClientBuilder(connections(properties).eventLoopGroup(eventLoops))
			.asyncConfiguration((async) -> async.advancedOption(SdkAdvancedAsyncClientOption.FUTURE_COMPLETION_EXECUTOR,
					new CompletionOnLoop(eventLoops.eventLoopGroup())))
			.forcePathStyle(bucket.pathStyle())
			// TLS guards the bytes; these would add headers to every read
			.responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
			.requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
			.overrideConfiguration((override) -> override.retryStrategy(new S3RetryStrategy()));
		if (bucket.region() != null) {
			builder.region(Region.of(bucket.region()));
		}
		if (bucket.endpoint() != null) {
			builder.endpointOverride(bucket.endpoint());
		}
		return builder.build();
	}

	private static NettyNioAsyncHttpClient.Builder connections(StoreProperties properties) {
		return NettyNioAsyncHttpClient.builder()
			.connectionTimeout(properties.connectTimeout())
			.connectionAcquisitionTimeout(properties.firstByteTimeout())
			.connectionMaxIdleTime(KEEP_ALIVE)
			.maxConcurrency(properties.maxConnections() + properties.maxHeads() + PROBES)
			// the other one would block the loops, on which clients are served
			.useNonBlockingDnsResolver(true)
			// it would blame S3 for a slow reader; we tell the two apart
			.readTimeout(Duration.ZERO)
			.putChannelOption(ChannelOption.RECVBUF_ALLOCATOR, readAhead(properties.readBufferSize()));
	}

	/**
	 * By default a connection reads up to 16 times before it looks at the demand again.
	 */
	private static RecvByteBufAllocator readAhead(DataSize size) {
		return new FixedRecvByteBufAllocator(Math.toIntExact(size.toBytes())).maxMessagesPerRead(1);
	}

}
