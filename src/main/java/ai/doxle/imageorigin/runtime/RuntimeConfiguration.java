package ai.doxle.imageorigin.runtime;

import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.micrometer.tagged.TaggedCircuitBreakerMetrics;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import reactor.netty.resources.LoopResources;

/**
 * Configures what servers and clients run on: one set of event loops, and one registry of
 * circuit breakers, to which each package adds its own.
 */
@Configuration(proxyBeanMethods = false)
class RuntimeConfiguration {

	/**
	 * One event loop for each processor: Reactor Netty would have four at least, which
	 * would take turns on a small machine.
	 */
	@Bean(destroyMethod = "dispose")
	LoopResources eventLoops() {
		return new EventLoops(Runtime.getRuntime().availableProcessors());
	}

	@Bean
	CircuitBreakerRegistry circuitBreakers() {
		return CircuitBreakerRegistry.ofDefaults();
	}

	@Bean
	MeterBinder circuitBreakerMeters(CircuitBreakerRegistry breakers) {
		return TaggedCircuitBreakerMetrics.ofCircuitBreakerRegistry(breakers);
	}

}
