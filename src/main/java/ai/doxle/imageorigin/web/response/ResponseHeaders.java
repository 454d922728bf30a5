package ai.doxle.imageorigin.web.response;

import java.time.Clock;
import java.time.Instant;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;

import ai.doxle.imageorigin.web.request.HttpDates;

/**
 * The headers of responses: their own, and those that every response has.
 */
public final class ResponseHeaders {

	private final CorsHeaders cors;

	private final Clock clock;

	private volatile Stamp stamp = new Stamp(-1, "");

	public ResponseHeaders(CorsHeaders cors, Clock clock) {
		this.cors = cors;
		this.clock = clock;
	}

	/**
	 * All headers of a response. An image that would be younger than its response has the
	 * response's date (RFC 9110 section 8.8.2.1).
	 * @param origin the request's origin, if it names one
	 */
	public HttpHeaders of(ImageResponse response, @Nullable String origin) {
		HttpHeaders headers = withoutDate(response, origin);
		Stamp now = now();
		headers.set(HttpHeaders.DATE, now.date());
		if (headers.getLastModified() > TimeUnit.SECONDS.toMillis(now.second())) {
			headers.set(HttpHeaders.LAST_MODIFIED, now.date());
		}
		return headers;
	}

	/**
	 * All headers of a response but the one that changes with time, {@code Date}.
	 * @param origin the request's origin, if it names one
	 */
	public HttpHeaders withoutDate(ImageResponse response, @Nullable String origin) {
		HttpHeaders headers = new HttpHeaders(response.headers());
		headers.set("X-Content-Type-Options", "nosniff");
		this.cors.addTo(headers, origin);
		return headers;
	}

	/** The present {@code Date} (RFC 9110 section 6.6.1), formatted once a second. */
	public String date() {
		return now().date();
	}

	private Stamp now() {
		long second = this.clock.instant().getEpochSecond();
		Stamp stamp = this.stamp;
		if (stamp.second() != second) {
			stamp = new Stamp(second, HttpDates.format(Instant.ofEpochSecond(second)));
			this.stamp = stamp;
		}
		return stamp;
	}

	/** Whether responses differ by the origin that a request names. */
	public boolean dependOn(@Nullable String origin) {
		return this.cors.names(origin);
	}

	private record Stamp(long second, String date) {

	}

}
