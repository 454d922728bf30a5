package ai.doxle.imageorigin.upkeep;

import org.springframework.web.reactive.function.server.RequestPredicates;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.access.AdminAccess;

/**
 * The upkeep's place on the management port. Where no token can be verified, there is
 * none.
 */
final class UpkeepRoutes {

	/** What a token must be good for. */
	static final String SCOPE = "images:admin";

	private static final String METHODS = "GET, DELETE, POST";

	private UpkeepRoutes() {
	}

	static RouterFunction<ServerResponse> of(String path, AdminAccess access, UpkeepHandler upkeep) {
		if (!access.isPossible()) {
			return (request) -> Mono.empty();
		}
		return RouterFunctions.route()
			.GET(path, upkeep::find)
			.DELETE(path, upkeep::purge)
			.POST(path, upkeep::warm)
			.route(RequestPredicates.path(path), (request) -> UpkeepProblems.methodNotAllowed(METHODS))
			.filter((request, next) -> admit(access, request).then(Mono.defer(() -> next.handle(request)))
				.onErrorResume(UpkeepProblems::answer))
			.build();
	}

	private static Mono<Void> admit(AdminAccess access, ServerRequest request) {
		return access.admit(request.headers().asHttpHeaders(), SCOPE);
	}

}
