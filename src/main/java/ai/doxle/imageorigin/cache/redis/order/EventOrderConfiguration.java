package ai.doxle.imageorigin.cache.redis.order;

import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import ai.doxle.imageorigin.cache.EventOrder;
import ai.doxle.imageorigin.cache.redis.link.RedisLink;

/**
 * Configuration of the region's order of events, if there is a Redis.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnBooleanProperty("image-origin.cache.redis.enabled")
class EventOrderConfiguration {

	@Bean
	EventOrder regionalEventOrder(RedisLink link) {
		return new RedisEventOrder(link);
	}

}
