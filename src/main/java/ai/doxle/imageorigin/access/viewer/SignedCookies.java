package ai.doxle.imageorigin.access.viewer;

import java.nio.ByteBuffer;

import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;

import ai.doxle.imageorigin.image.Sha256;

/**
 * CloudFront's cookies of one request, none of them verified. Their names are
 * case-sensitive; of two with one name the first counts, since browsers send the one with
 * the longer path first (RFC 6265 section 5.4).
 *
 * @param policy {@code CloudFront-Policy}
 * @param signature {@code CloudFront-Signature}
 * @param keyId {@code CloudFront-Key-Pair-Id}
 * @param hashAlgorithm {@code CloudFront-Hash-Algorithm}
 */
public record SignedCookies(@Nullable String policy, @Nullable String signature, @Nullable String keyId,
		@Nullable String hashAlgorithm) {

	/** What the names of all of them begin with. */
	public static final String PREFIX = "CloudFront-";

	private static final String POLICY = "Policy";

	private static final String SIGNATURE = "Signature";

	private static final String KEY_ID = "Key-Pair-Id";

	private static final String HASH_ALGORITHM = "Hash-Algorithm";

	/**
	 * The cookies of a request. The hash algorithm alone is no set: it is sent with every
	 * image, whichever project it belongs to.
	 * @return the cookies; null if there are none
	 */
	static @Nullable SignedCookies in(HttpHeaders headers) {
		Reader reader = new Reader();
		for (String line : headers.getOrEmpty(HttpHeaders.COOKIE)) {
			reader.read(line);
		}
		return (reader.policy != null || reader.signature != null || reader.keyId != null)
				? new SignedCookies(reader.policy, reader.signature, reader.keyId, reader.hashAlgorithm) : null;
	}

	/** SHA-256 of them all, in order: no value of a cookie has a semicolon. */
	ByteBuffer digest() {
		return ByteBuffer
			.wrap(Sha256.digest(this.policy + ';' + this.signature + ';' + this.keyId + ';' + this.hashAlgorithm));
	}

	/** Reads {@code Cookie} lines (RFC 6265 section 4.2). */
	private static final class Reader {

		private @Nullable String policy;

		private @Nullable String signature;

		private @Nullable String keyId;

		private @Nullable String hashAlgorithm;

		void read(String line) {
			int from = 0;
			while (from < line.length()) {
				int end = line.indexOf(';', from);
				int next = (end < 0) ? line.length() : end;
				pair(line, skipBlanks(line, from, next), next);
				from = next + 1;
			}
		}

		private static int skipBlanks(String line, int from, int to) {
			int start = from;
			while (start < to && (line.charAt(start) == ' ' || line.charAt(start) == '\t')) {
				start++;
			}
			return start;
		}

		private void pair(String line, int from, int to) {
			int equals = line.startsWith(PREFIX, from) ? line.indexOf('=', from, to) : -1;
			if (equals >= 0) {
				take(line.substring(from + PREFIX.length(), equals), line.substring(equals + 1, to).strip());
			}
		}

		private void take(String name, String value) {
			switch (name) {
				case POLICY -> this.policy = first(this.policy, value);
				case SIGNATURE -> this.signature = first(this.signature, value);
				case KEY_ID -> this.keyId = first(this.keyId, value);
				case HASH_ALGORITHM -> this.hashAlgorithm = first(this.hashAlgorithm, value);
				default -> {
					// CloudFront-Expires belongs to canned policies, which allow one URL
				}
			}
		}

		private static String first(@Nullable String known, String value) {
			return (known != null) ? known : value;
		}

	}

}
