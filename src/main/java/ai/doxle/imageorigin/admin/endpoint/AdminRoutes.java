package ai.doxle.imageorigin.admin.endpoint;

import org.springframework.web.reactive.function.server.RequestPredicates;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.access.AdminAccess;

/**
 * The routes of the endpoint. Where no token can be verified, there are none.
 */
final class AdminRoutes {

	/** What a token must be good for. */
	static final String SCOPE = "images:admin";

	private static final String METHODS = "GET, DELETE, POST";

	private AdminRoutes() {
	}

	static RouterFunction<ServerResponse> of(String path, AdminAccess access, AdminHandler handler) {
		if (!access.isPossible()) {
			return (request) -> Mono.empty();
		}
		return RouterFunctions.route()
			.GET(path, handler::find)
			.DELETE(path, handler::purge)
			.POST(path, handler::warm)
			.route(RequestPredicates.path(path), (request) -> AdminProblems.methodNotAllowed(METHODS))
			.filter((request, next) -> admit(access, request).then(Mono.defer(() -> next.handle(request)))
				.onErrorResume(AdminProblems::respond))
			.build();
	}

	private static Mono<Void> admit(AdminAccess access, ServerRequest request) {
		return access.admit(request.headers().asHttpHeaders(), SCOPE);
	}

}
