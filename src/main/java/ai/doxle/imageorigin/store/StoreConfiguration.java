package ai.doxle.imageorigin.store;

import java.util.Map;
import java.util.function.ToIntFunction;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import ai.doxle.imageorigin.store.ReadLimit.Usage;

/**
 * Configures the store: each bucket behind its own limit and breaker, then the next in
 * the order of preference, then resumption.
 */
@Configuration(proxyBeanMethods = false)
class StoreConfiguration {

	@Bean
	ImageStore imageStore(BucketStores buckets) {
		return buckets.chained();
	}

	@Bean
	MeterBinder readMeters(BucketStores buckets) {
		return (registry) -> buckets.limits().forEach((bucket, limit) -> bind(registry, bucket, limit));
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

}
