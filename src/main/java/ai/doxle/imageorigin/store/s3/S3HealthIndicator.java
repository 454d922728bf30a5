package ai.doxle.imageorigin.store.s3;

import java.util.List;
import java.util.Map;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.ReactiveHealthIndicator;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.store.CacheFallback;

/**
 * Says no only when nothing can be served: no bucket can be read, and no cache has what
 * was read before. A single bucket's open breaker, or silence, leaves the others.
 */
final class S3HealthIndicator implements ReactiveHealthIndicator {

	private final Map<CircuitBreaker, S3Probe> buckets;

	private final CacheFallback fallback;

	/** Whether there was a bucket to read from since the start. */
	private volatile boolean reached;

	/**
	 * @param buckets what is known of each bucket: what readers met, and what S3 says
	 * when there are none
	 * @param fallback whether there is anything to serve without S3
	 */
	S3HealthIndicator(Map<CircuitBreaker, S3Probe> buckets, CacheFallback fallback) {
		this.buckets = Map.copyOf(buckets);
		this.fallback = fallback;
	}

	@Override
	public Mono<Health> health() {
		return Flux.fromIterable(this.buckets.entrySet())
			.flatMap((bucket) -> bucket.getValue().answers().map((answers) -> of(bucket.getKey(), answers)))
			.collectList()
			.map(this::assess);
	}

	private Health assess(List<BucketState> states) {
		boolean useful = states.stream().anyMatch(BucketState::useful);
		if (useful) {
			this.reached = true;
		}
		boolean copiesOnly = !useful && this.reached && this.fallback.available();
		Health.Builder health = (useful || copiesOnly) ? Health.up() : Health.outOfService();
		if (copiesOnly) {
			health.withDetail("serves", "cached images only: no bucket can be read");
		}
		states.forEach((state) -> health.withDetail(state.name(), state.description()));
		return health.build();
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
