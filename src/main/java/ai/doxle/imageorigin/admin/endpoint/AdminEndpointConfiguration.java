package ai.doxle.imageorigin.admin.endpoint;

import org.springframework.boot.actuate.autoconfigure.endpoint.web.WebEndpointProperties;
import org.springframework.boot.actuate.autoconfigure.web.ManagementContextConfiguration;
import org.springframework.boot.actuate.autoconfigure.web.ManagementContextType;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Condition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.Conditional;
import org.springframework.core.type.AnnotatedTypeMetadata;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.ServerResponse;
import tools.jackson.databind.json.JsonMapper;

import ai.doxle.imageorigin.access.AdminAccess;
import ai.doxle.imageorigin.admin.CachedHeads;
import ai.doxle.imageorigin.admin.ImagePurge;
import ai.doxle.imageorigin.admin.ImageWarming;
import ai.doxle.imageorigin.admin.events.EventProperties;
import ai.doxle.imageorigin.admin.events.EventQueue;
import ai.doxle.imageorigin.admin.events.payload.EventReader;

/**
 * Puts the endpoint for images on the management port, beside the actuator's. Where
 * management has no port of its own there is none.
 */
@ManagementContextConfiguration(value = ManagementContextType.CHILD, proxyBeanMethods = false)
@Conditional(AdminEndpointConfiguration.OnManagementPort.class)
class AdminEndpointConfiguration {

	@Bean
	RouterFunction<ServerResponse> adminRoutes(WebEndpointProperties endpoints, AdminAccess access, CachedHeads heads,
			ImagePurge purge, ImageWarming warming, JsonMapper json) {
		AdminHandler handler = new AdminHandler(heads, purge, warming, new KeyList(json));
		return AdminRoutes.of(endpoints.getBasePath() + "/images", access, handler);
	}

	@Bean
	RouterFunction<ServerResponse> eventRoutes(WebEndpointProperties endpoints, AdminAccess access,
			EventProperties properties, EventQueue queue, JsonMapper json) {
		EventWebhook webhook = new EventWebhook(new EventReader(json), queue);
		return EventRoutes.of(endpoints.getBasePath() + "/images/events", access,
				new EventSecrets(properties.secrets()), webhook);
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
