package ai.doxle.imageorigin.access;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * The secrets by which the CDN shows that a request came through it.
 */
final class EdgeSecrets {

	/** The header that carries a secret. */
	static final String HEADER = "X-Origin-Verify";

	private final List<byte[]> secrets;

	EdgeSecrets(List<String> secrets) {
		this.secrets = secrets.stream().map(EdgeSecrets::bytes).toList();
	}

	/**
	 * Whether a header value is one of the secrets, or none is needed. Every secret is
	 * compared, each in constant time.
	 */
	boolean admit(@Nullable String value) {
		byte[] candidate = bytes((value != null) ? value : "");
		boolean known = this.secrets.isEmpty();
		for (byte[] secret : this.secrets) {
			known |= MessageDigest.isEqual(secret, candidate);
		}
		return known;
	}

	private static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

}
