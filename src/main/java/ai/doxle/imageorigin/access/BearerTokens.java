package ai.doxle.imageorigin.access;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;

/**
 * Finds the bearer token of a request (RFC 6750 section 2.1).
 */
final class BearerTokens {

	/** The scheme's case does not matter (RFC 9110 section 11.1). */
	private static final Pattern BEARER = Pattern.compile("Bearer +([A-Za-z0-9._~+/-]+=*)", Pattern.CASE_INSENSITIVE);

	private static final Pattern BEARER_SCHEME = Pattern.compile("Bearer(?: .*)?", Pattern.CASE_INSENSITIVE);

	private BearerTokens() {
	}

	/**
	 * The token in the Authorization header, or null if there is none.
	 * @throws AccessFailure.BadToken if there are two such headers, or the token is
	 * malformed
	 */
	static @Nullable String in(HttpHeaders headers) {
		List<String> values = headers.getOrEmpty(HttpHeaders.AUTHORIZATION);
		if (values.size() > 1) {
			throw new AccessFailure.BadToken("More than one Authorization header", null);
		}
		if (values.isEmpty() || !BEARER_SCHEME.matcher(values.getFirst()).matches()) {
			return null;
		}
		Matcher bearer = BEARER.matcher(values.getFirst());
		if (!bearer.matches()) {
			throw new AccessFailure.BadToken("The bearer token is malformed", null);
		}
		return bearer.group(1);
	}

}
