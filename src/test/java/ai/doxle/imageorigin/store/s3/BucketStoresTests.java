package ai.doxle.imageorigin.store.s3;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import software.amazon.awssdk.http.nio.netty.SdkEventLoopGroup;

import ai.doxle.imageorigin.harness.FaultyS3;
import ai.doxle.imageorigin.harness.FaultyS3.Fault;
import ai.doxle.imageorigin.harness.LocalS3;
import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.runtime.LoopExecutor;
import ai.doxle.imageorigin.store.BucketStores;
import ai.doxle.imageorigin.store.ImageStore;
import ai.doxle.imageorigin.store.StoreProperties;
import ai.doxle.imageorigin.store.StoreProperties.Client;
import ai.doxle.imageorigin.store.StoredImage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

/**
 * How breaker and limit of a bucket go together, with a server that hangs.
 */
class BucketStoresTests {

	private static final Duration PATIENCE = Duration.ofSeconds(30);

	private static final ImageKey KEY = new ImageKey("a.png");

	private CircuitBreaker breaker;

	private final List<Disposable> readers = new ArrayList<>();

	private FaultyS3 s3;

	private FaultyS3 replica;

	private final SdkEventLoopGroup loops = SdkEventLoopGroup.builder().numberOfThreads(1).build();

	private S3Buckets buckets;

	@BeforeEach
	void start() throws IOException {
		System.setProperty("aws.accessKeyId", LocalS3.ACCESS_KEY);
		System.setProperty("aws.secretAccessKey", LocalS3.SECRET_KEY);
		this.s3 = new FaultyS3(new byte[10]);
		this.replica = new FaultyS3(new byte[10]);
	}

	@AfterEach
	void stop() throws IOException {
		this.readers.forEach(Disposable::dispose);
		this.buckets.close();
		this.loops.eventLoopGroup().shutdownGracefully(0, 0, TimeUnit.SECONDS).syncUninterruptibly();
		this.s3.close();
		this.replica.close();
	}

	@Test
	void anOpenBreakerHasNobodyWaitForATurn() {
		ImageStore store = store(2, 10, this.s3);
		hold(store, 2);
		this.breaker.transitionToOpenState();
		assertThat(failure(store)).isInstanceOf(ImageFailure.Busy.class)
			.hasCauseInstanceOf(CallNotPermittedException.class);
	}

	@Test
	void theBreakerDoesNotJudgeTheLimit() {
		ImageStore store = store(2, 0, this.s3);
		hold(store, 2);
		for (int i = 0; i < 20; i++) {
			assertThat(failure(store)).isInstanceOf(ImageFailure.Busy.class).hasMessageContaining("too many reads");
		}
		assertThat(this.breaker.getMetrics().getNumberOfBufferedCalls()).isZero();
		this.breaker.transitionToOpenState();
		this.breaker.transitionToHalfOpenState();
		for (int i = 0; i < 20; i++) {
			assertThat(failure(store)).isInstanceOf(ImageFailure.Busy.class).hasMessageContaining("too many reads");
		}
		assertThat(this.breaker.getState()).isEqualTo(State.HALF_OPEN);
	}

	@Test
	void theBreakerCountsSlowDown() {
		ImageStore store = store(10, 0, this.s3);
		this.s3.failAlways(Fault.SLOW_DOWN);
		Flux.range(0, 10).flatMap((i) -> store.head(KEY).onErrorComplete(), 2).blockLast(PATIENCE);
		assertThat(this.breaker.getState()).isEqualTo(State.OPEN);
	}

	@Test
	void aBucketThatHangsDoesNotTakeTheTurnsOfItsReplica() {
		ImageStore store = store(2, 0, this.s3, this.replica);
		hold(store, 2);
		assertThat(store.open(KEY).doOnNext(StoredImage::abandon).block(PATIENCE)).isNotNull();
		assertThat(this.replica.requests()).isOne();
	}

	@Test
	void headsDoNotWaitBehindReads() {
		ImageStore store = store(2, 0, this.s3);
		hold(store, 2);
		this.s3.failAlways(Fault.NONE);
		assertThat(store.head(KEY).block(PATIENCE)).isNotNull();
	}

	/**
	 * As a timer's is by Reactor, if it is cancelled while it runs: the SDK would refuse
	 * a call on it.
	 */
	@Test
	void anInterruptedThreadMayGiveATurnBack() throws Exception {
		ImageStore store = store(1, 1, this.s3);
		StoredImage first = Objects.requireNonNull(store.open(KEY).block(PATIENCE));
		CompletableFuture<StoredImage> second = store.open(KEY).toFuture();
		Thread.currentThread().interrupt();
		first.abandon();
		assertThat(Thread.interrupted()).as("still interrupted").isTrue();
		second.get(PATIENCE.toSeconds(), TimeUnit.SECONDS).abandon();
	}

	/** Has reads of the first bucket hang, each with a turn. */
	private void hold(ImageStore store, int turns) {
		this.s3.failAlways(Fault.HANGS_BEFORE_HEAD);
		for (int i = 0; i < turns; i++) {
			this.readers.add(store.open(KEY).subscribe());
		}
		await().until(() -> this.s3.requests() == turns);
	}

	private static Throwable failure(ImageStore store) {
		return catchThrowable(() -> store.open(KEY).block(PATIENCE));
	}

	private ImageStore store(int maxConnections, int maxWaiting, FaultyS3... servers) {
		List<StoreProperties.Bucket> all = Stream.of(servers)
			.map((server) -> URI
				.create(server.originProperties(0).getProperty("image-origin.store.buckets[0].endpoint")))
			.map((endpoint) -> new StoreProperties.Bucket("bucket", "us-east-1", endpoint, true))
			.toList();
		StoreProperties properties = new StoreProperties(all, Duration.ofSeconds(5), Duration.ofSeconds(15),
				Duration.ofSeconds(15), maxConnections, null, maxWaiting, DataSize.ofKilobytes(128), Client.NETTY);
		this.buckets = new S3Buckets(properties, this.loops);
		BucketStores stores = new BucketStores(this.buckets.stores(), properties, CircuitBreakerRegistry.ofDefaults(),
				new LoopExecutor(this.loops.eventLoopGroup()));
		this.breaker = stores.breaker("bucket-1");
		return stores.chained();
	}

}
