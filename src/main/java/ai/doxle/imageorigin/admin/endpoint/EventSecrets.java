package ai.doxle.imageorigin.admin.endpoint;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;

import org.springframework.http.HttpHeaders;

/**
 * The secrets that webhooks present as bearer tokens.
 */
final class EventSecrets {

	private static final String SCHEME = "Bearer ";

	private final List<byte[]> secrets;

	EventSecrets(List<String> secrets) {
		this.secrets = secrets.stream().map(EventSecrets::bytes).toList();
	}

	/** Whether there are any. */
	boolean exist() {
		return !this.secrets.isEmpty();
	}

	/**
	 * Whether a request carries one of the secrets, and nothing else. Every secret is
	 * compared, each in constant time.
	 */
	boolean admit(HttpHeaders headers) {
		List<String> values = headers.getOrEmpty(HttpHeaders.AUTHORIZATION);
		byte[] candidate = bytes((values.size() == 1) ? token(values.getFirst()) : "");
		boolean known = false;
		for (byte[] secret : this.secrets) {
			known |= MessageDigest.isEqual(secret, candidate);
		}
		return known;
	}

	/** The scheme's case does not matter (RFC 9110 section 11.1). */
	private static String token(String value) {
		return value.regionMatches(true, 0, SCHEME, 0, SCHEME.length()) ? value.substring(SCHEME.length()).strip() : "";
	}

	private static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

}
