package ai.doxle.imageorigin.session.endpoint;

import java.time.Duration;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.webflux.autoconfigure.WebHttpHandlerBuilderCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.server.WebFilter;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import tools.jackson.databind.json.JsonMapper;

import ai.doxle.imageorigin.access.ImageAccess;
import ai.doxle.imageorigin.access.SessionAccess;
import ai.doxle.imageorigin.access.viewer.ViewerAddress;
import ai.doxle.imageorigin.session.SessionProperties;
import ai.doxle.imageorigin.session.ViewerSessions;
import ai.doxle.imageorigin.web.response.Problems;
import ai.doxle.imageorigin.web.response.ResponseWriter;

/**
 * Puts the endpoint for sessions on the public port, beside images.
 */
@Configuration(proxyBeanMethods = false)
class SessionEndpointConfiguration {

	private static final int MAX_SIGNING = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);

	private static final int MAX_QUEUED = 1_000;

	@Bean
	SessionHandler sessionHandler(SessionProperties properties, ImageAccess images, SessionAccess access,
			ViewerSessions sessions, ViewerAddress address, JsonMapper json, Problems problems, ResponseWriter writer,
			Scheduler sessionScheduler, @Value("${image-origin.response-timeout:15s}") Duration timeout) {
		return new SessionHandler(properties.path(), new SessionHandler.Guards(images, access), sessions, address,
				new SessionResponses(json, problems), writer, sessionScheduler, timeout);
	}

	/** RSA takes milliseconds for each project. */
	@Bean(destroyMethod = "dispose")
	Scheduler sessionScheduler() {
		return Schedulers.newBoundedElastic(MAX_SIGNING, MAX_QUEUED, "sessions", 60, true);
	}

	@Bean
	WebHttpHandlerBuilderCustomizer sessionsFirst(SessionHandler sessions) {
		WebFilter filter = (exchange, chain) -> sessions.concerns(exchange) ? sessions.handle(exchange)
				: chain.filter(exchange);
		return (builder) -> builder.filters((filters) -> filters.addFirst(filter));
	}

}
