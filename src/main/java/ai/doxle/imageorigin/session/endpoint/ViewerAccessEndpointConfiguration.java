package ai.doxle.imageorigin.session.endpoint;

import org.springframework.boot.actuate.autoconfigure.endpoint.web.WebEndpointProperties;
import org.springframework.boot.actuate.autoconfigure.web.ManagementContextConfiguration;
import org.springframework.boot.actuate.autoconfigure.web.ManagementContextType;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Condition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.Conditional;
import org.springframework.core.type.AnnotatedTypeMetadata;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.RequestPredicates;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.access.viewer.ViewerAddress;
import ai.doxle.imageorigin.access.viewer.ViewerCookies;

/**
 * Puts the endpoint for caches in front on the management port. Where no key is
 * configured, or management has no port of its own, there is none.
 */
@ManagementContextConfiguration(value = ManagementContextType.CHILD, proxyBeanMethods = false)
@Conditional(ViewerAccessEndpointConfiguration.OnManagementPort.class)
class ViewerAccessEndpointConfiguration {

	@Bean
	RouterFunction<ServerResponse> viewerAccessRoutes(WebEndpointProperties endpoints, ViewerCookies cookies,
			ViewerAddress address) {
		if (!cookies.arePossible()) {
			return (request) -> Mono.empty();
		}
		String path = endpoints.getBasePath() + "/viewer-access";
		return RouterFunctions.route()
			.GET(path, new ViewerAccessHandler(cookies, address)::check)
			.route(RequestPredicates.path(path),
					(request) -> ServerResponse.status(HttpStatus.METHOD_NOT_ALLOWED)
						.header(HttpHeaders.ALLOW, HttpMethod.GET.name())
						.build())
			.build();
	}

	/**
	 * The component scan finds this configuration for the public port, too.
	 */
	static final class OnManagementPort implements Condition {

		@Override
		public boolean matches(ConditionContext context, AnnotatedTypeMetadata metadata) {
			return context.getBeanFactory() != null && context.getBeanFactory().getParentBeanFactory() != null;
		}

	}

}
