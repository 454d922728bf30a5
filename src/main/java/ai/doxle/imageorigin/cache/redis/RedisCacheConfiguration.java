package ai.doxle.imageorigin.cache.redis;

import java.time.Duration;
import java.util.UUID;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.core.IntervalFunction;
import io.lettuce.core.resource.ClientResources;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.data.redis.autoconfigure.DataRedisProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

import ai.doxle.imageorigin.cache.CacheProperties;
import ai.doxle.imageorigin.cache.PurgeListener;
import ai.doxle.imageorigin.cache.redis.link.RedisClientOptions;
import ai.doxle.imageorigin.cache.redis.link.RedisErrors;
import ai.doxle.imageorigin.cache.redis.link.RedisHealthIndicator;
import ai.doxle.imageorigin.cache.redis.link.RedisLink;
import ai.doxle.imageorigin.cache.redis.purge.InstanceName;
import ai.doxle.imageorigin.cache.redis.purge.PurgeIndex;
import ai.doxle.imageorigin.cache.redis.purge.PurgeJournal;

/**
 * Configuration of the regional tier, if it is enabled. Spring Boot's auto-configuration
 * of Redis is excluded and imported here, so that nothing of Redis exists without it.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnBooleanProperty("image-origin.cache.redis.enabled")
@Import(DataRedisAutoConfiguration.class)
class RedisCacheConfiguration {

	@Bean
	RedisClientOptions redisClientOptions(RedisCacheProperties cache, DataRedisProperties redis) {
		return new RedisClientOptions(cache.commandTimeout(), redis);
	}

	/** Opens after five failures in a row and probes again soon. */
	@Bean
	CircuitBreaker redisCircuitBreaker(CircuitBreakerRegistry breakers) {
		return breakers.circuitBreaker("redis",
				CircuitBreakerConfig.custom()
					.slidingWindowSize(10)
					.minimumNumberOfCalls(5)
					.failureRateThreshold(50)
					.waitIntervalFunctionInOpenState(
							IntervalFunction.ofExponentialBackoff(Duration.ofSeconds(2), 1.5, Duration.ofSeconds(10)))
					.permittedNumberOfCallsInHalfOpenState(3)
					.automaticTransitionFromOpenToHalfOpenEnabled(true)
					.recordException(RedisLink::isOutage)
					.build());
	}

	@Bean
	RedisErrors redisErrors(ClientResources resources) {
		RedisErrors errors = new RedisErrors();
		errors.listen(resources.eventBus());
		return errors;
	}

	@Bean
	RedisLink redisLink(LettuceConnectionFactory factory, CircuitBreaker redisCircuitBreaker, RedisErrors errors,
			RedisCacheProperties properties) {
		// the first user of a shared connection would block while it is opened
		factory.setShareNativeConnection(false);
		return new RedisLink(factory, redisCircuitBreaker, errors, properties.commandTimeout());
	}

	@Bean(destroyMethod = "dispose")
	Scheduler redisScheduler() {
		return Schedulers.newSingle("redis-cache", true);
	}

	/** A thread of its own: listeners may take longer than a lease lasts. */
	@Bean(destroyMethod = "dispose")
	Scheduler purgeJournalScheduler() {
		return Schedulers.newSingle("purge-journal", true);
	}

	@Bean
	PurgeJournal purgeJournal(RedisLink link, ObjectProvider<PurgeListener> listeners,
			@Qualifier("purgeJournalScheduler") Scheduler scheduler) {
		return new PurgeJournal(link, Flux.defer(() -> Flux.fromStream(listeners.orderedStream())), scheduler,
				InstanceName.create());
	}

	@Bean
	WriteLimit redisWriteLimit() {
		return new WriteLimit();
	}

	@Bean
	RedisImageCache regionalCache(RedisLink link, PurgeJournal journal, WriteLimit writeLimit,
			@Qualifier("redisScheduler") Scheduler scheduler, RedisCacheProperties properties, CacheProperties cache) {
		String instance = UUID.randomUUID().toString().replace("-", "");
		return new RedisImageCache(new RedisContext(link, journal, new PurgeIndex(link), writeLimit, scheduler,
				properties, cache.negativeTtl()), instance);
	}

	@Bean
	RedisHealthIndicator redisHealthIndicator(CircuitBreaker redisCircuitBreaker, RedisErrors errors) {
		return new RedisHealthIndicator(redisCircuitBreaker, errors);
	}

}
