package ai.doxle.imageorigin.store.s3;

import java.util.Map;
import java.util.stream.Collectors;

import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.springframework.boot.health.contributor.ReactiveHealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import reactor.netty.resources.LoopResources;
import software.amazon.awssdk.http.nio.netty.SdkEventLoopGroup;

import ai.doxle.imageorigin.runtime.LoopExecutor;
import ai.doxle.imageorigin.store.BucketStores;
import ai.doxle.imageorigin.store.CacheFallback;
import ai.doxle.imageorigin.store.StoreProperties;

/**
 * Configures the buckets: what reads from each, and what tells whether it is there.
 */
@Configuration(proxyBeanMethods = false)
class S3StoreConfiguration {

	@Bean(destroyMethod = "close")
	S3Buckets s3Buckets(StoreProperties properties, LoopResources eventLoops) {
		CancelledCallsFilter.install();
		return new S3Buckets(properties, SdkEventLoopGroup.create(eventLoops.onClient(LoopResources.DEFAULT_NATIVE)));
	}

	@Bean
	BucketStores bucketStores(S3Buckets buckets, StoreProperties properties, CircuitBreakerRegistry breakers,
			LoopResources eventLoops) {
		return new BucketStores(buckets.stores(), properties, breakers,
				new LoopExecutor(eventLoops.onClient(LoopResources.DEFAULT_NATIVE)));
	}

	@Bean
	ReactiveHealthIndicator s3HealthIndicator(S3Buckets buckets, BucketStores stores, CacheFallback fallback) {
		return new S3HealthIndicator(
				buckets.probes()
					.entrySet()
					.stream()
					.collect(Collectors.toMap((bucket) -> stores.breaker(bucket.getKey()), Map.Entry::getValue)),
				fallback);
	}

	@Bean
	MeterBinder s3BodyMeters(S3Buckets buckets) {
		return (registry) -> buckets.stores()
			.forEach((name, store) -> Gauge.builder("image.origin.s3.open.bodies", store, S3ImageStore::openBodies)
				.description("Bodies being read from S3, each over a connection of its own")
				.tag("bucket", name)
				.register(registry));
	}

}
