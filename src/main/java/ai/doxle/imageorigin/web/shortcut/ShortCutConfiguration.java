package ai.doxle.imageorigin.web.shortcut;

import java.time.Clock;
import java.time.Duration;

import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import reactor.netty.resources.LoopResources;

import ai.doxle.imageorigin.delivery.ImageDelivery;
import ai.doxle.imageorigin.web.request.RequestGate;
import ai.doxle.imageorigin.web.response.ResponseHeaders;
import ai.doxle.imageorigin.web.server.Transport;

/**
 * Configures the short cut for images in memory, unless it is turned off.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnBooleanProperty(name = "image-origin.short-cut", matchIfMissing = true)
class ShortCutConfiguration {

	@Bean
	HitDrain hitDrain(LoopResources eventLoops) {
		return new HitDrain(eventLoops);
	}

	/** Ahead of the handlers for requests that are no hits. */
	@Bean
	@Order(0)
	ShortCut shortCut(RequestGate gate, ImageDelivery delivery, ResponseHeaders headers, HitDrain drain,
			@Value("${server.netty.idle-timeout:#{null}}") @Nullable Duration idleTimeout) {
		HitRequests http1 = new HitRequests(gate, delivery, responses(headers, delivery, Http1Headers::of));
		HitRequests http2 = new HitRequests(gate, delivery, responses(headers, delivery, Http2Headers::of));
		return new ShortCut((transport) -> new HitHandler((transport == Transport.HTTP_2_STREAM) ? http2 : http1, drain,
				idleTimeout, transport));
	}

	private static HitResponses responses(ResponseHeaders headers, ImageDelivery delivery, HeaderTemplate.Form form) {
		return new HitResponses(headers, Clock.systemUTC(), delivery::isReceivingPurges, form);
	}

}
