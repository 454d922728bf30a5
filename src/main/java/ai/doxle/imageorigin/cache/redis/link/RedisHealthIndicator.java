package ai.doxle.imageorigin.cache.redis.link;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * Tells how Redis is. It is never down: without Redis, images come from memory and S3.
 */
public final class RedisHealthIndicator implements HealthIndicator {

	private final CircuitBreaker breaker;

	public RedisHealthIndicator(CircuitBreaker breaker) {
		this.breaker = breaker;
	}

	@Override
	public Health health() {
		boolean well = this.breaker.getState() == CircuitBreaker.State.CLOSED;
		return (well ? Health.up() : Health.unknown()).withDetail(this.breaker.getName(), this.breaker.getState())
			.build();
	}

}
