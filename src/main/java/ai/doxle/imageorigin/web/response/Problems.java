package ai.doxle.imageorigin.web.response;

import java.time.Duration;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import reactor.core.publisher.Flux;
import tools.jackson.databind.json.JsonMapper;

/**
 * Responses that say what is wrong (RFC 9457), in words fit for the client: no bucket, no
 * S3 error, no stack trace.
 */
public final class Problems {

	private static final String NO_STORE = "no-store";

	private final JsonMapper json;

	private final String negativeCaching;

	/**
	 * @param json writes the problem details
	 * @param negativeTtl how long caches may remember an absence
	 */
	public Problems(JsonMapper json, Duration negativeTtl) {
		this.json = json;
		this.negativeCaching = "max-age=" + negativeTtl.toSeconds();
	}

	/** A problem that no cache may keep. */
	public ImageResponse problem(HttpStatus status, @Nullable String detail) {
		return problem(status, detail, NO_STORE, (headers) -> {
		});
	}

	/** A problem that no cache may keep, with more headers. */
	public ImageResponse problem(HttpStatus status, @Nullable String detail, Consumer<HttpHeaders> details) {
		return problem(status, detail, NO_STORE, details);
	}

	/** A lasting problem, which caches remember as long as an absence. */
	public ImageResponse lastingProblem(HttpStatus status, String detail) {
		return problem(status, detail, this.negativeCaching, (headers) -> {
		});
	}

	/** What is stored is refused: 415. */
	public ImageResponse notAnImage() {
		return lastingProblem(HttpStatus.UNSUPPORTED_MEDIA_TYPE,
				"What is stored there is not an image of an allowed type");
	}

	private ImageResponse problem(HttpStatus status, @Nullable String detail, String cacheControl,
			Consumer<HttpHeaders> details) {
		ProblemDetail problem = ProblemDetail.forStatus(status);
		problem.setDetail(detail);
		byte[] body = this.json.writeValueAsBytes(problem);
		return ImageResponse.of(status, details.andThen((headers) -> {
			headers.setContentType(MediaType.APPLICATION_PROBLEM_JSON);
			headers.setContentLength(body.length);
			headers.set(HttpHeaders.CACHE_CONTROL, cacheControl);
		}), Flux.defer(() -> Flux.just(DefaultDataBufferFactory.sharedInstance.wrap(body))));
	}

}
