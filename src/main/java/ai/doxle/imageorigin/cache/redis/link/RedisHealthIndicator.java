package ai.doxle.imageorigin.cache.redis.link;

import java.util.Map;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * Reports the state of the circuit breaker and current errors. Redis is never reported as
 * down: without it, images come from memory and S3.
 */
public final class RedisHealthIndicator implements HealthIndicator {

	private final CircuitBreaker breaker;

	private final RedisErrors errors;

	public RedisHealthIndicator(CircuitBreaker breaker, RedisErrors errors) {
		this.breaker = breaker;
		this.errors = errors;
	}

	@Override
	public Health health() {
		Map<String, String> current = this.errors.current();
		boolean isClosed = this.breaker.getState() == CircuitBreaker.State.CLOSED;
		Health.Builder health = (isClosed && current.isEmpty()) ? Health.up() : Health.unknown();
		health.withDetail(this.breaker.getName(), this.breaker.getState());
		if (!current.isEmpty()) {
			health.withDetail("errors", current);
		}
		if (!isClosed) {
			health.withDetail("latest", this.errors.latest());
		}
		return health.build();
	}

}
