package ai.doxle.imageorigin.store.s3;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import org.springframework.util.unit.DataSize;
import software.amazon.awssdk.http.nio.netty.SdkEventLoopGroup;

import ai.doxle.imageorigin.harness.LocalS3;
import ai.doxle.imageorigin.runtime.LoopExecutor;
import ai.doxle.imageorigin.store.BucketStores;
import ai.doxle.imageorigin.store.ImageStore;
import ai.doxle.imageorigin.store.StoreProperties;
import ai.doxle.imageorigin.store.StoreProperties.Client;

/**
 * The store of one bucket with all its guards, without the rest of the origin.
 */
final class S3Wire implements AutoCloseable {

	static final int CONNECTIONS = 32;

	private final SdkEventLoopGroup loops = SdkEventLoopGroup.builder().numberOfThreads(1).build();

	private final S3Buckets buckets;

	private final BucketStores stores;

	S3Wire(Client client, URI endpoint, Duration idleTimeout) {
		System.setProperty("aws.accessKeyId", LocalS3.ACCESS_KEY);
		System.setProperty("aws.secretAccessKey", LocalS3.SECRET_KEY);
		StoreProperties.Bucket bucket = new StoreProperties.Bucket("bucket", "us-east-1", endpoint, true);
		StoreProperties properties = new StoreProperties(List.of(bucket), Duration.ofSeconds(2), Duration.ofSeconds(3),
				idleTimeout, CONNECTIONS, null, CONNECTIONS, DataSize.ofKilobytes(32), client);
		this.buckets = new S3Buckets(properties, this.loops);
		this.stores = new BucketStores(this.buckets.stores(), properties, CircuitBreakerRegistry.ofDefaults(),
				new LoopExecutor(this.loops.eventLoopGroup()));
	}

	/** With its limit, its breaker and resumption. */
	ImageStore guarded() {
		return this.stores.chained();
	}

	/** The bucket alone. */
	S3ImageStore bare() {
		return this.buckets.stores().values().iterator().next();
	}

	@Override
	public void close() throws IOException {
		this.buckets.close();
		this.loops.eventLoopGroup().shutdownGracefully(100, 5_000, TimeUnit.MILLISECONDS).syncUninterruptibly();
	}

}
