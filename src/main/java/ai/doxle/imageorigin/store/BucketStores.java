package ai.doxle.imageorigin.store;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executor;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;

import ai.doxle.imageorigin.image.ImageFailure;

/**
 * The buckets by name, in order of preference, each with a circuit breaker and a limit of
 * its own: a slow or failing endpoint must not use up another's connections.
 */
public final class BucketStores {

	/** What tells the buckets' breakers from others. */
	private static final String BREAKER_PREFIX = "s3-";

	/**
	 * Counts only what says that a bucket, or the way to it, is out of order
	 * ({@code docs/s3-responses.md}). A response about one object is a good one, as an
	 * absence is: it neither opens a breaker nor keeps it open.
	 */
	private static final CircuitBreakerConfig BREAKER = CircuitBreakerConfig.custom()
		.slidingWindowSize(20)
		.minimumNumberOfCalls(10)
		.failureRateThreshold(50)
		.waitDurationInOpenState(Duration.ofSeconds(5))
		.permittedNumberOfCallsInHalfOpenState(3)
		.automaticTransitionFromOpenToHalfOpenEnabled(true)
		.recordExceptions(ImageFailure.Unavailable.class, ImageFailure.TimedOut.class, ImageFailure.Busy.class,
				ImageFailure.CredentialsRefused.class)
		.ignoreException(BucketStores::saysNothing)
		.build();

	private final Map<String, ImageStore> stores;

	private final Map<String, ReadLimit> limits = new LinkedHashMap<>();

	private final Map<String, CircuitBreaker> breakers = new LinkedHashMap<>();

	/**
	 * @param stores what reads from each bucket, in order of preference
	 * @param executor where a read is begun when its turn has come
	 */
	public BucketStores(Map<String, ? extends ImageStore> stores, StoreProperties properties,
			CircuitBreakerRegistry registry, Executor executor) {
		this.stores = new LinkedHashMap<>(stores);
		stores.keySet().forEach((name) -> {
			this.limits.put(name, limit(properties, executor));
			this.breakers.put(name, registry.circuitBreaker(BREAKER_PREFIX + name, BREAKER));
		});
	}

	private static ReadLimit limit(StoreProperties properties, Executor executor) {
		return new ReadLimit(properties.maxConnections(), properties.maxStreams(), properties.maxHeads(),
				properties.maxWaiting(), properties.firstByteTimeout(), executor);
	}

	/** Of the bucket: it was not asked, or the call was cancelled. */
	private static boolean saysNothing(Throwable failure) {
		return ReadLimit.isRefusal(failure) || failure instanceof ImageFailure.Abandoned;
	}

	/**
	 * Reads from the first bucket that can serve, and goes on with a body that breaks. A
	 * limit is behind its breaker: an open one has no request wait for its turn.
	 */
	public ImageStore chained() {
		return new ResumingImageStore(new FailoverImageStore(
				this.stores.entrySet().stream().map((bucket) -> guarded(bucket.getKey(), bucket.getValue())).toList()));
	}

	private GuardedImageStore guarded(String name, ImageStore store) {
		return new GuardedImageStore(new BoundedImageStore(store, limit(name)), breaker(name));
	}

	/** The circuit breaker of a bucket. */
	public CircuitBreaker breaker(String name) {
		return Objects.requireNonNull(this.breakers.get(name));
	}

	private ReadLimit limit(String name) {
		return Objects.requireNonNull(this.limits.get(name));
	}

	/** How much may be read at once, by bucket. */
	Map<String, ReadLimit> limits() {
		return this.limits;
	}

}
