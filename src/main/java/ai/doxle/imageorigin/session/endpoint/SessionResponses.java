package ai.doxle.imageorigin.session.endpoint;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import reactor.core.publisher.Flux;
import tools.jackson.databind.json.JsonMapper;

import ai.doxle.imageorigin.session.ViewerSession;
import ai.doxle.imageorigin.web.response.ImageResponse;
import ai.doxle.imageorigin.web.response.Problems;

/**
 * Responses about sessions. No cache may keep any of them.
 */
final class SessionResponses {

	/** The methods of the endpoint, as {@code Allow} lists them. */
	static final String METHODS = "GET, OPTIONS";

	private static final String NO_STORE = "no-store";

	private final JsonMapper json;

	private final Problems problems;

	SessionResponses(JsonMapper json, Problems problems) {
		this.json = json;
		this.problems = problems;
	}

	/** 200: a session begins. */
	ImageResponse begun(ViewerSession session) {
		Map<String, @Nullable Object> members = new LinkedHashMap<>();
		members.put("projects", session.projects());
		members.put("expires", session.expires().toString());
		members.put("renewAfter", session.renewAfter().toString());
		byte[] body = this.json.writeValueAsBytes(members);
		HttpHeaders headers = withCookies(session.cookies());
		headers.setContentType(MediaType.APPLICATION_JSON);
		headers.setContentLength(body.length);
		return new ImageResponse(HttpStatus.OK, headers,
				Flux.defer(() -> Flux.just(DefaultDataBufferFactory.sharedInstance.wrap(body))));
	}

	/** 204: it has ended. */
	ImageResponse ended(List<String> cookies) {
		return new ImageResponse(HttpStatus.NO_CONTENT, withCookies(cookies), null);
	}

	/** 404: there are no sessions here. */
	ImageResponse absent() {
		return this.problems.problem(HttpStatus.NOT_FOUND, null);
	}

	/** 405. */
	ImageResponse methodNotAllowed() {
		return this.problems.problem(HttpStatus.METHOD_NOT_ALLOWED, "Sessions begin and end by GET",
				(headers) -> headers.set(HttpHeaders.ALLOW, METHODS));
	}

	private static HttpHeaders withCookies(List<String> cookies) {
		HttpHeaders headers = new HttpHeaders();
		headers.put(HttpHeaders.SET_COOKIE, cookies);
		headers.set(HttpHeaders.CACHE_CONTROL, NO_STORE);
		return headers;
	}

}
