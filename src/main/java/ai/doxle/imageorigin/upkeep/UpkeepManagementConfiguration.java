package ai.doxle.imageorigin.upkeep;

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

import ai.doxle.imageorigin.access.AdminAccess;

/**
 * Puts the upkeep on the management port, beside the actuator's endpoints. Where
 * management has no port of its own there is no upkeep.
 */
@ManagementContextConfiguration(value = ManagementContextType.CHILD, proxyBeanMethods = false)
@Conditional(UpkeepManagementConfiguration.OnManagementPort.class)
class UpkeepManagementConfiguration {

	@Bean
	RouterFunction<ServerResponse> upkeepRoutes(WebEndpointProperties endpoints, AdminAccess access,
			UpkeepHandler upkeep) {
		return UpkeepRoutes.of(endpoints.getBasePath() + "/images", access, upkeep);
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
