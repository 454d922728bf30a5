package ai.doxle.imageorigin.admin.endpoint;

import org.springframework.http.HttpHeaders;
import org.springframework.web.reactive.function.server.RequestPredicates;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.access.AdminAccess;

/**
 * The routes of the webhook. Where neither a token can be verified nor a secret is
 * configured, there are none.
 */
final class EventRoutes {

	private static final String METHODS = "POST, HEAD";

	private EventRoutes() {
	}

	static RouterFunction<ServerResponse> of(String path, AdminAccess access, EventSecrets secrets,
			EventWebhook webhook) {
		if (!access.isPossible() && !secrets.exist()) {
			return (request) -> Mono.empty();
		}
		return RouterFunctions.route()
			.HEAD(path, webhook::probe)
			.POST(path,
					(request) -> admit(access, secrets, request.headers().asHttpHeaders())
						.then(Mono.defer(() -> webhook.take(request)))
						.onErrorResume(AdminProblems::respond))
			.route(RequestPredicates.path(path), (request) -> AdminProblems.methodNotAllowed(METHODS))
			.build();
	}

	private static Mono<Void> admit(AdminAccess access, EventSecrets secrets, HttpHeaders headers) {
		return secrets.admit(headers) ? Mono.empty() : access.admit(headers, AdminRoutes.SCOPE);
	}

}
