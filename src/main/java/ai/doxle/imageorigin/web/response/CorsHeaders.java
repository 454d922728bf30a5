package ai.doxle.imageorigin.web.response;

import java.util.List;
import java.util.Set;

import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;

/**
 * Who may read responses from a script (Fetch standard, section 3.3).
 * <p>
 * Unlike Spring's own CORS support it responds alike whether or not the request names an
 * origin, because a shared cache may have asked without one; and it never refuses,
 * because refusing is the browser's part. Origins on a list may send cookies; all origins
 * may not (section 3.3.5).
 */
public final class CorsHeaders {

	private static final String ALL = "*";

	private static final List<String> EXPOSED = List.of("ETag", "Content-Range", "Cache-Status", "Server-Timing",
			"Content-Length", "Accept-Ranges", "Retry-After");

	private static final List<String> ALLOWED = List.of("Authorization", "Range", "If-Match", "If-None-Match",
			"If-Modified-Since", "If-Unmodified-Since", "If-Range");

	private static final long PREFLIGHT_SECONDS = 7200;

	private final Set<String> origins;

	private final boolean all;

	public CorsHeaders(List<String> origins) {
		this.origins = Set.copyOf(origins);
		this.all = this.origins.contains(ALL);
	}

	/**
	 * Adds what every response carries.
	 * @param requested the origin that the request names, if any
	 */
	void addTo(HttpHeaders response, @Nullable String requested) {
		String origin = this.all ? ALL : requested;
		if (!this.all) {
			response.add(HttpHeaders.VARY, HttpHeaders.ORIGIN);
		}
		if (origin != null && (this.all || this.origins.contains(origin))) {
			response.setAccessControlAllowOrigin(origin);
			response.setAccessControlExposeHeaders(EXPOSED);
			if (!this.all) {
				response.setAccessControlAllowCredentials(true);
			}
		}
		response.set("Timing-Allow-Origin", this.all ? ALL : String.join(", ", this.origins));
	}

	/** Whether an origin is on the list, so that responses name it. */
	boolean names(@Nullable String origin) {
		return !this.all && origin != null && this.origins.contains(origin);
	}

	/**
	 * Adds what a preflight request asks for.
	 * @param methods the methods that are allowed
	 */
	static void addPreflight(HttpHeaders response, String methods) {
		response.set(HttpHeaders.ACCESS_CONTROL_ALLOW_METHODS, methods);
		response.setAccessControlAllowHeaders(ALLOWED);
		response.setAccessControlMaxAge(PREFLIGHT_SECONDS);
	}

}
