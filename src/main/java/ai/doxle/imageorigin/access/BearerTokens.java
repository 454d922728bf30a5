package ai.doxle.imageorigin.access;

import java.util.BitSet;
import java.util.List;

import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;

/**
 * Finds the bearer token of a request (RFC 6750 section 2.1).
 */
final class BearerTokens {

	private static final String SCHEME = "Bearer";

	/** What a token may have before the equals signs at its end. */
	private static final BitSet CHARACTERS = characters();

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
		return (!values.isEmpty() && isBearer(values.getFirst())) ? token(values.getFirst()) : null;
	}

	/** The scheme's case does not matter (RFC 9110 section 11.1). */
	private static boolean isBearer(String value) {
		return value.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
				&& (value.length() == SCHEME.length() || value.charAt(SCHEME.length()) == ' ');
	}

	private static String token(String value) {
		int start = skip(value, SCHEME.length(), ' ');
		int end = start;
		while (end < value.length() && CHARACTERS.get(value.charAt(end))) {
			end++;
		}
		if (end == start || skip(value, end, '=') < value.length()) {
			throw new AccessFailure.BadToken("The bearer token is malformed", null);
		}
		return value.substring(start);
	}

	private static int skip(String value, int from, char character) {
		int end = from;
		while (end < value.length() && value.charAt(end) == character) {
			end++;
		}
		return end;
	}

	private static BitSet characters() {
		BitSet characters = new BitSet(128);
		characters.set('A', 'Z' + 1);
		characters.set('a', 'z' + 1);
		characters.set('0', '9' + 1);
		"._~+/-".chars().forEach(characters::set);
		return characters;
	}

}
