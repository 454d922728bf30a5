package ai.doxle.imageorigin.store.s3.client;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

import io.netty.channel.ChannelOption;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import org.jspecify.annotations.Nullable;
import org.springframework.util.unit.DataSize;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.client.config.SdkAdvancedAsyncClientOption;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.http.nio.netty.SdkEventLoopGroup;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3AsyncClientBuilder;

import ai.doxle.imageorigin.runtime.ResourceScope.Kind;
import ai.doxle.imageorigin.store.StoreProperties;
import ai.doxle.imageorigin.store.StoreProperties.Client;

/**
 * The clients of one bucket. The CRT's takes less of the processor, but pins memory while
 * a body waits; so with auto it reads what is gathered in memory at S3's own pace, as far
 * as its share of the connections goes, and Netty all else.
 */
public final class S3Clients implements AutoCloseable {

	/** How long an unused connection is kept. */
	static final Duration KEEP_ALIVE = Duration.ofSeconds(20);

	/** The health probe has a connection of its own: being busy is no outage. */
	private static final int PROBES = 1;

	private final @Nullable S3AsyncClient netty;

	private final @Nullable S3AsyncClient crt;

	private final int limit;

	/** How many reads by the CRT are under way. */
	private final AtomicInteger underWay = new AtomicInteger();

	private final CrtHealth crtHealth;

	/**
	 * @param eventLoops for Netty's connections
	 * @param crt the CRT's, or null if it reads nothing
	 */
	public S3Clients(StoreProperties properties, StoreProperties.Bucket bucket, AwsCredentialsProvider credentials,
			SdkEventLoopGroup eventLoops, @Nullable CrtConnections crt) {
		this.crtHealth = new CrtHealth(bucket.name());
		boolean forced = properties.client() == Client.CRT;
		this.netty = forced ? null
				: client(bucket, credentials, eventLoops)
					.httpClientBuilder(netty(properties).eventLoopGroup(eventLoops))
					.build();
		this.crt = (crt != null) ? client(bucket, credentials, eventLoops).httpClient(crt.client()).build() : null;
		this.limit = (crt != null) ? crt.limit() : 0;
	}

	/** All connections to one bucket. */
	static int connections(StoreProperties properties) {
		return properties.maxConnections() + properties.maxHeads() + PROBES;
	}

	/** The client for requests whose responses have no body to speak of. */
	public S3AsyncClient heads() {
		return (this.netty != null) ? this.netty : required(this.crt);
	}

	/**
	 * The way of one read.
	 * @param kind on whose behalf it is
	 */
	public Way way(Kind kind) {
		if (this.netty == null) {
			return new Way(required(this.crt), false, () -> {
			});
		}
		if (kind == Kind.LOAD && this.crt != null && !this.crtHealth.isResting()) {
			if (this.underWay.incrementAndGet() <= this.limit) {
				return new Way(this.crt, true, this.underWay::decrementAndGet);
			}
			this.underWay.decrementAndGet();
		}
		return byNetty(this.netty);
	}

	/** The way of a read that repeats one without a response, which may be the CRT's. */
	public Way secondWay(Kind kind) {
		return (this.netty != null) ? byNetty(this.netty) : way(kind);
	}

	/**
	 * The way of a read whose connection has failed on another way, or null if there is
	 * none.
	 */
	public @Nullable Way otherThan(Way failed) {
		return (failed.gathered() && this.netty != null && !this.crtHealth.isBucketUnreachable()) ? byNetty(this.netty)
				: null;
	}

	/** A read has a response. */
	public void responded(Way way) {
		if (way.gathered()) {
			this.crtHealth.heard();
		}
	}

	/**
	 * A read that repeats one without a response has one.
	 * @param kind on whose behalf it is: only the CRT's reads of loads tell of the CRT
	 */
	public void respondedSecond(Way way, Kind kind) {
		responded(way);
		if (kind == Kind.LOAD && !way.gathered() && this.underWay.get() > 0) {
			this.crtHealth.missed();
		}
	}

	/** Netty has reached the bucket where the CRT could not connect. */
	public void crtFailed(String reason) {
		this.crtHealth.rest(reason);
	}

	/** Neither the CRT nor Netty could connect. */
	public void bothFailed() {
		this.crtHealth.markBucketUnreachable();
	}

	private static Way byNetty(S3AsyncClient netty) {
		return new Way(netty, false, () -> {
		});
	}

	private static S3AsyncClient required(@Nullable S3AsyncClient client) {
		if (client == null) {
			throw new IllegalStateException("there is no client");
		}
		return client;
	}

	private static S3AsyncClientBuilder client(StoreProperties.Bucket bucket, AwsCredentialsProvider credentials,
			SdkEventLoopGroup loops) {
		S3AsyncClientBuilder builder = S3AsyncClient.builder()
			.credentialsProvider(credentials)
			.asyncConfiguration((async) -> async.advancedOption(SdkAdvancedAsyncClientOption.FUTURE_COMPLETION_EXECUTOR,
					new CompletionOnLoop(loops.eventLoopGroup())))
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
		return builder;
	}

	private static NettyNioAsyncHttpClient.Builder netty(StoreProperties properties) {
		return NettyNioAsyncHttpClient.builder()
			.connectionTimeout(properties.connectTimeout())
			.tlsNegotiationTimeout(properties.firstByteTimeout())
			.connectionAcquisitionTimeout(properties.firstByteTimeout())
			.connectionMaxIdleTime(KEEP_ALIVE)
			.maxConcurrency(connections(properties))
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

	@Override
	public void close() {
		if (this.netty != null) {
			this.netty.close();
		}
		if (this.crt != null) {
			this.crt.close();
		}
	}

	/**
	 * The way that a read goes.
	 */
	public static final class Way {

		private final S3AsyncClient client;

		private final boolean gathered;

		private final Runnable over;

		private Way(S3AsyncClient client, boolean gathered, Runnable over) {
			this.client = client;
			this.gathered = gathered;
			this.over = over;
		}

		/** Whether its body must not wait for a client. */
		public boolean gathered() {
			return this.gathered;
		}

		/** Makes a call. */
		@SuppressWarnings("FutureReturnValueIgnored") // it only passes the outcome on
		public <T> CompletableFuture<T> call(Function<S3AsyncClient, CompletableFuture<T>> call) {
			CompletableFuture<T> running;
			try {
				running = call.apply(this.client);
			}
			catch (RuntimeException | LinkageError failure) {
				running = CompletableFuture.failedFuture(failure);
			}
			running.whenComplete((outcome, failure) -> this.over.run());
			return running;
		}

	}

}
