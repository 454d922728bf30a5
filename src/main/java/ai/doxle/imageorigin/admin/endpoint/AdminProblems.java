package ai.doxle.imageorigin.admin.endpoint;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.access.AccessFailure;
import ai.doxle.imageorigin.admin.PurgeFailure;
import ai.doxle.imageorigin.admin.PurgeResult;

/**
 * Tells operators what went wrong (RFC 9457).
 */
final class AdminProblems {

	private static final String SOON = "5";

	private static final Logger logger = LoggerFactory.getLogger(AdminProblems.class);

	private AdminProblems() {
	}

	/** The response to a request that is at fault; other failures remain failures. */
	static Mono<ServerResponse> respond(Throwable failure) {
		return switch (failure) {
			case InvalidAdminRequestException invalid -> respond(invalid);
			case AccessFailure denial -> respond(denial);
			case PurgeFailure half -> respond(half);
			default -> Mono.error(failure);
		};
	}

	/** Refuses a method that the endpoint does not have. */
	static Mono<ServerResponse> methodNotAllowed(String allowed) {
		return problem(HttpStatus.METHOD_NOT_ALLOWED, null, Map.of(),
				(headers) -> headers.set(HttpHeaders.ALLOW, allowed));
	}

	private static Mono<ServerResponse> respond(InvalidAdminRequestException invalid) {
		Map<String, Object> details = invalid.badKeys().isEmpty() ? Map.of() : Map.of("badKeys", invalid.badKeys());
		return problem(invalid.status(), invalid.getMessage(), details, (headers) -> {
			if (invalid.status() == HttpStatus.SERVICE_UNAVAILABLE) {
				headers.set(HttpHeaders.RETRY_AFTER, SOON);
			}
		});
	}

	private static Mono<ServerResponse> respond(AccessFailure denial) {
		return switch (denial) {
			case AccessFailure.NoToken missing -> challenge(HttpStatus.UNAUTHORIZED, missing, "Bearer");
			case AccessFailure.BadToken bad -> challenge(HttpStatus.UNAUTHORIZED, bad,
					"Bearer error=\"invalid_token\", error_description=\"" + bad.getMessage() + "\"");
			case AccessFailure.NotAllowed lacking -> challenge(HttpStatus.FORBIDDEN, lacking,
					"Bearer error=\"insufficient_scope\", scope=\"" + AdminRoutes.SCOPE + "\"");
			case AccessFailure other -> Mono.error(other);
		};
	}

	private static Mono<ServerResponse> respond(PurgeFailure half) {
		logger.warn("{}{}", half.getMessage(), (half.getCause() != null) ? " Cause: " + half.getCause() : "");
		return switch (half) {
			case PurgeFailure.RegionUntold region -> problem(HttpStatus.SERVICE_UNAVAILABLE, region.getMessage(),
					details(half.done()), (headers) -> headers.set(HttpHeaders.RETRY_AFTER, SOON));
			case PurgeFailure.CdnUntold cdn -> badGateway(cdn);
			case PurgeFailure.Unacknowledged late -> badGateway(late);
			case PurgeFailure.PeersUntold untold -> badGateway(untold);
		};
	}

	private static Mono<ServerResponse> badGateway(PurgeFailure half) {
		return problem(HttpStatus.BAD_GATEWAY, half.getMessage(), details(half.done()), (headers) -> {
		});
	}

	/** The part that did happen, and who has not acknowledged it. */
	private static Map<String, Object> details(PurgeResult done) {
		Map<String, Object> details = new LinkedHashMap<>();
		done.members().forEach((name, value) -> {
			if (value != null) {
				details.put(name, value);
			}
		});
		if (!done.unacknowledged().isEmpty()) {
			details.put("unacknowledged", done.unacknowledged());
		}
		return details;
	}

	private static Mono<ServerResponse> challenge(HttpStatus status, AccessFailure failure, String challenge) {
		return problem(status, failure.getMessage(), Map.of(),
				(headers) -> headers.set(HttpHeaders.WWW_AUTHENTICATE, challenge));
	}

	private static Mono<ServerResponse> problem(HttpStatus status, @Nullable String detail, Map<String, Object> members,
			Consumer<HttpHeaders> headers) {
		ProblemDetail problem = ProblemDetail.forStatusAndDetail(status, detail);
		members.forEach(problem::setProperty);
		return ServerResponse.status(status)
			.headers(headers)
			.cacheControl(CacheControl.noStore())
			.contentType(MediaType.APPLICATION_PROBLEM_JSON)
			.bodyValue(problem);
	}

}
