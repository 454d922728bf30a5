package ai.doxle.imageorigin.web.response;

import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.web.server.ResponseStatusException;

import ai.doxle.imageorigin.access.AccessFailure;
import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.web.request.InvalidRequestException;

/**
 * The one place that turns failures into responses, and says in the log what the client
 * is not told.
 */
public final class FailureResponses {

	private static final Duration SOON = Duration.ofSeconds(1);

	private static final String UNAVAILABLE = "Temporarily unavailable";

	private static final Logger logger = LoggerFactory.getLogger(FailureResponses.class);

	private final Problems problems;

	public FailureResponses(Problems problems) {
		this.problems = problems;
	}

	/** Responds with what went wrong. */
	public ImageResponse response(Throwable failure) {
		return switch (failure) {
			case InvalidRequestException invalid -> response(invalid);
			case AccessFailure denial -> response(denial);
			case ImageFailure.NotAnImage denial -> response(denial);
			case ImageFailure other -> response(other);
			case TimeoutException late -> warned(HttpStatus.GATEWAY_TIMEOUT, late);
			case RejectedExecutionException overload -> busy(overload, SOON);
			case ResponseStatusException other -> response(other);
			default -> unexpected(failure);
		};
	}

	private ImageResponse response(InvalidRequestException invalid) {
		return this.problems.problem(invalid.status(), invalid.getMessage(), allow(invalid.status()));
	}

	private static Consumer<HttpHeaders> allow(HttpStatus status) {
		return (headers) -> {
			if (status == HttpStatus.METHOD_NOT_ALLOWED) {
				headers.set(HttpHeaders.ALLOW, ImageResponses.METHODS);
			}
		};
	}

	private ImageResponse response(AccessFailure denial) {
		return switch (denial) {
			case AccessFailure.NotFromEdge refusal -> this.problems.problem(HttpStatus.FORBIDDEN, null);
			case AccessFailure.NoToken missing -> unauthorized(missing, "Bearer");
			case AccessFailure.BadToken bad ->
				unauthorized(bad, "Bearer error=\"invalid_token\", error_description=\"" + bad.getMessage() + "\"");
			case AccessFailure.BadCookies bad -> unauthorized(bad, "Bearer");
			case AccessFailure.TooManyCookies busy ->
				this.problems.problem(HttpStatus.TOO_MANY_REQUESTS, busy.getMessage(), retryAfter(SOON));
			case AccessFailure.NotAllowed refused -> this.problems.problem(HttpStatus.FORBIDDEN, refused.getMessage());
			case AccessFailure.Unverifiable unverifiable -> {
				logger.warn("{}: {}", unverifiable.getMessage(), String.valueOf(unverifiable.getCause()));
				yield this.problems.problem(HttpStatus.SERVICE_UNAVAILABLE, unverifiable.getMessage(),
						retryAfter(SOON));
			}
		};
	}

	private ImageResponse unauthorized(AccessFailure failure, String challenge) {
		return this.problems.problem(HttpStatus.UNAUTHORIZED, failure.getMessage(),
				(headers) -> headers.set(HttpHeaders.WWW_AUTHENTICATE, challenge));
	}

	private ImageResponse response(ImageFailure.NotAnImage denial) {
		logger.debug("Refused: {}", denial.getMessage());
		return this.problems.notAnImage();
	}

	private ImageResponse response(ImageFailure failure) {
		return switch (failure) {
			case ImageFailure.Abandoned left -> busy(left, SOON);
			case ImageFailure.Busy busy -> busy(busy, busy.retryAfter());
			case ImageFailure.Changed replaced -> busy(replaced, SOON);
			case ImageFailure.TimedOut late -> warned(HttpStatus.GATEWAY_TIMEOUT, late);
			case ImageFailure.Forbidden refusal -> reported();
			case ImageFailure.CredentialsRefused refusal -> reported();
			case ImageFailure.Unreadable refusal -> reported();
			case ImageFailure other -> warned(HttpStatus.BAD_GATEWAY, other);
		};
	}

	/** The store has said in the log what is wrong, and says it once in a while only. */
	private ImageResponse reported() {
		return this.problems.problem(HttpStatus.BAD_GATEWAY, UNAVAILABLE);
	}

	private ImageResponse busy(Exception failure, Duration wait) {
		logger.debug("Refused: {}", failure.getMessage());
		return this.problems.problem(HttpStatus.SERVICE_UNAVAILABLE, UNAVAILABLE, retryAfter(wait));
	}

	private ImageResponse warned(HttpStatus status, Exception failure) {
		logger.warn("{}: {}", status, failure.getMessage());
		return this.problems.problem(status, UNAVAILABLE);
	}

	private ImageResponse response(ResponseStatusException other) {
		@Nullable HttpStatus status = HttpStatus.resolve(other.getStatusCode().value());
		return (status == null || status.is5xxServerError()) ? unexpected(other) : this.problems.problem(status, null);
	}

	private ImageResponse unexpected(Throwable failure) {
		logger.error("Unexpected failure", failure);
		return this.problems.problem(HttpStatus.INTERNAL_SERVER_ERROR, null);
	}

	private static Consumer<HttpHeaders> retryAfter(Duration wait) {
		long seconds = Math.max(1, wait.plusMillis(999).toSeconds());
		return (headers) -> headers.set(HttpHeaders.RETRY_AFTER, Long.toString(seconds));
	}

}
