package ai.doxle.imageorigin.store.s3;

import java.util.List;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * Says no only when no bucket can be read: a single bucket's open breaker leaves the
 * others.
 */
final class S3HealthIndicator implements HealthIndicator {

	private final List<CircuitBreaker> breakers;

	S3HealthIndicator(CircuitBreakerRegistry registry) {
		this.breakers = registry.getAllCircuitBreakers().stream().toList();
	}

	@Override
	public Health health() {
		boolean useful = this.breakers.stream().anyMatch((breaker) -> breaker.getState() != CircuitBreaker.State.OPEN);
		Health.Builder health = useful ? Health.up() : Health.outOfService();
		this.breakers.forEach((breaker) -> health.withDetail(breaker.getName(), breaker.getState().name()));
		return health.build();
	}

}
