package ai.doxle.imageorigin.store.s3;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.micrometer.tagged.TaggedCircuitBreakerMetrics;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.springframework.boot.health.contributor.ReactiveHealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import reactor.netty.resources.LoopResources;
import software.amazon.awssdk.http.nio.netty.SdkEventLoopGroup;

import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.store.BoundedImageStore;
import ai.doxle.imageorigin.store.FailoverImageStore;
import ai.doxle.imageorigin.store.GuardedImageStore;
import ai.doxle.imageorigin.store.ImageStore;
import ai.doxle.imageorigin.store.KeptCopies;
import ai.doxle.imageorigin.store.ReadLimit;
import ai.doxle.imageorigin.store.ReadLimit.Usage;
import ai.doxle.imageorigin.store.ResumingImageStore;
import ai.doxle.imageorigin.store.StoreProperties;

/**
 * Furnishes the store with buckets: each bucket behind its own limit and breaker, then
 * the next in the order of preference, then resumption.
 */
@Configuration(proxyBeanMethods = false)
class S3StoreConfiguration {

	/** What tells the buckets' breakers from others. */
	static final String BREAKER_PREFIX = "s3-";

	@Bean(destroyMethod = "close")
	S3Buckets s3Buckets(StoreProperties properties, LoopResources eventLoops) {
		CancelledCallsFilter.install();
		return new S3Buckets(properties, SdkEventLoopGroup.create(eventLoops.onClient(LoopResources.DEFAULT_NATIVE)));
	}

	/**
	 * Counts only what says that a bucket, or the way to it, is out of order
	 * ({@code docs/s3-responses.md}). An answer about one object is a good answer, as an
	 * absence is: it neither opens a breaker nor keeps it open.
	 */
	@Bean
	CircuitBreakerRegistry circuitBreakers() {
		return CircuitBreakerRegistry.of(CircuitBreakerConfig.custom()
			.slidingWindowSize(20)
			.minimumNumberOfCalls(10)
			.failureRateThreshold(50)
			.waitDurationInOpenState(Duration.ofSeconds(5))
			.permittedNumberOfCallsInHalfOpenState(3)
			.automaticTransitionFromOpenToHalfOpenEnabled(true)
			.recordExceptions(ImageFailure.Unavailable.class, ImageFailure.TimedOut.class, ImageFailure.Busy.class,
					ImageFailure.CredentialsRefused.class)
			.ignoreException(S3StoreConfiguration::saysNothing)
			.build());
	}

	/** Of the bucket: it was not asked, or nobody waited for its answer. */
	private static boolean saysNothing(Throwable failure) {
		return ReadLimit.isRefusal(failure) || failure instanceof ImageFailure.Abandoned;
	}

	/** The limit is behind the breaker: an open one has nobody wait for a turn. */
	@Bean
	ImageStore imageStore(S3Buckets buckets, CircuitBreakerRegistry breakers) {
		List<GuardedImageStore> guarded = new ArrayList<>();
		buckets.stores().forEach((name, store) -> {
			BoundedImageStore bounded = new BoundedImageStore(store, buckets.limit(name));
			guarded.add(new GuardedImageStore(bounded, breaker(breakers, name)));
		});
		return new ResumingImageStore(new FailoverImageStore(guarded));
	}

	@Bean
	MeterBinder readMeters(S3Buckets buckets) {
		return (registry) -> buckets.stores()
			.keySet()
			.forEach((bucket) -> bind(registry, bucket, buckets.limit(bucket)));
	}

	private static void bind(MeterRegistry registry, String bucket, ReadLimit limit) {
		Map<String, ToIntFunction<Usage>> kinds = Map.of("load", Usage::loads, "stream", Usage::streams, "head",
				Usage::heads);
		kinds.forEach((kind, number) -> {
			Gauge.builder("image.origin.s3.reads", limit, (reads) -> number.applyAsInt(reads.underWay()))
				.description("Requests to S3 and bodies of it that are under way")
				.tag("bucket", bucket)
				.tag("kind", kind)
				.register(registry);
			Gauge.builder("image.origin.s3.reads.waiting", limit, (reads) -> number.applyAsInt(reads.waiting()))
				.description("Requests that wait for their turn to ask S3")
				.tag("bucket", bucket)
				.tag("kind", kind)
				.register(registry);
		});
	}

	@Bean
	ReactiveHealthIndicator s3HealthIndicator(S3Buckets buckets, CircuitBreakerRegistry breakers, KeptCopies copies) {
		return new S3HealthIndicator(
				buckets.probes()
					.entrySet()
					.stream()
					.collect(Collectors.toMap((bucket) -> breaker(breakers, bucket.getKey()), Map.Entry::getValue)),
				copies);
	}

	@Bean
	MeterBinder circuitBreakerMeters(CircuitBreakerRegistry breakers) {
		return TaggedCircuitBreakerMetrics.ofCircuitBreakerRegistry(breakers);
	}

	@Bean
	MeterBinder s3BodyMeters(S3Buckets buckets) {
		return (registry) -> buckets.stores()
			.forEach((name, store) -> Gauge.builder("image.origin.s3.open.bodies", store, S3ImageStore::openBodies)
				.description("Bodies being read from S3, each over a connection of its own")
				.tag("bucket", name)
				.register(registry));
	}

	private static CircuitBreaker breaker(CircuitBreakerRegistry breakers, String bucket) {
		return breakers.circuitBreaker(BREAKER_PREFIX + bucket);
	}

}
