package ai.doxle.imageorigin.harness.cdn;

import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A response of the server behind a cache.
 *
 * @param status its status
 * @param headers its headers, without those of the connection
 * @param body all of it
 * @param fetched when it came
 * @param elapsed how long that took, the emulated round trip included
 */
@SuppressWarnings("ArrayRecordComponent")
record CachedResponse(int status, Map<String, List<String>> headers, byte[] body, Instant fetched, Duration elapsed) {

	/** What belongs to a connection, or is made anew. */
	private static final Set<String> DROPPED = Set.of("connection", "keep-alive", "transfer-encoding",
			"content-length");

	private static final Pattern MAX_AGE = Pattern.compile("(?:^|[,\\s])max-age=(\\d{1,9})");

	private static final Pattern UNCACHEABLE = Pattern.compile("no-store|no-cache|private");

	static CachedResponse of(HttpResponse<byte[]> response, Duration elapsed) {
		Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
		response.headers().map().forEach((name, values) -> {
			if (!DROPPED.contains(name.toLowerCase(Locale.ROOT)) && !name.startsWith(":")) {
				headers.put(name, values);
			}
		});
		return new CachedResponse(response.statusCode(), headers, response.body(), Instant.now(), elapsed);
	}

	/** The header, its lines joined; empty for none. */
	String header(String name) {
		return String.join(", ", this.headers.getOrDefault(name, List.of()));
	}

	/** How long a cache may serve it. */
	Duration life() {
		String control = header("Cache-Control").toLowerCase(Locale.ROOT);
		Matcher maxAge = MAX_AGE.matcher(control);
		boolean cacheable = (this.status == 200 || this.status == 404) && !UNCACHEABLE.matcher(control).find();
		return (cacheable && maxAge.find()) ? Duration.ofSeconds(Long.parseLong(maxAge.group(1))) : Duration.ZERO;
	}

	Duration age() {
		return Duration.between(this.fetched, Instant.now());
	}

	/** Whether an invalidation names one of its tags. */
	boolean carries(String tag) {
		return Arrays.stream(header("Cache-Tag").split(",")).map(String::strip).anyMatch(tag::equals);
	}

}
