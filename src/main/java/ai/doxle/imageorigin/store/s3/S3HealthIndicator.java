package ai.doxle.imageorigin.store.s3;

import java.util.Map;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.ReactiveHealthIndicator;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Says no only when no bucket can be read: a single bucket's open breaker, or silence,
 * leaves the others.
 */
final class S3HealthIndicator implements ReactiveHealthIndicator {

	private final Map<CircuitBreaker, S3Probe> buckets;

	/**
	 * @param buckets what is known of each bucket: what readers met, and what S3 says
	 * when there are none
	 */
	S3HealthIndicator(Map<CircuitBreaker, S3Probe> buckets) {
		this.buckets = Map.copyOf(buckets);
	}

	@Override
	public Mono<Health> health() {
		return Flux.fromIterable(this.buckets.entrySet())
			.flatMap((bucket) -> bucket.getValue().answers().map((answers) -> of(bucket.getKey(), answers)))
			.collectList()
			.map((states) -> {
				Health.Builder health = states.stream().anyMatch(BucketState::useful) ? Health.up()
						: Health.outOfService();
				states.forEach((state) -> health.withDetail(state.name(), state.description()));
				return health.build();
			});
	}

	private static BucketState of(CircuitBreaker breaker, boolean answers) {
		boolean useful = answers && breaker.getState() != CircuitBreaker.State.OPEN;
		return new BucketState(breaker.getName(), useful,
				"breaker " + breaker.getState() + (answers ? "" : ", no answer"));
	}

	/** How a bucket is. */
	private record BucketState(String name, boolean useful, String description) {

	}

}
