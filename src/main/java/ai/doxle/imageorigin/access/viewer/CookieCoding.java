package ai.doxle.imageorigin.access.viewer;

import java.util.Base64;

/**
 * Base64 as CloudFront writes it: padded (RFC 4648 section 4), with {@code -} for
 * {@code +}, {@code _} for {@code =} and {@code ~} for {@code /}. It is not base64url.
 */
final class CookieCoding {

	private CookieCoding() {
	}

	/**
	 * Decodes a value strictly: what a decoder would have to repair or to ignore is
	 * refused.
	 * @throws InvalidCookiesException if it is not the one text that stands for its bytes
	 */
	static byte[] decode(String value) {
		try {
			byte[] bytes = Base64.getDecoder().decode(standard(value));
			if (encode(bytes).equals(value)) {
				return bytes;
			}
		}
		catch (IllegalArgumentException ex) {
			// refused below, as is what can be decoded in more than one way
		}
		throw new InvalidCookiesException("a value is not CloudFront's base64");
	}

	private static String standard(String value) {
		return value.replace('-', '+').replace('_', '=').replace('~', '/');
	}

	/** Encodes bytes. */
	static String encode(byte[] bytes) {
		return Base64.getEncoder().encodeToString(bytes).replace('+', '-').replace('=', '_').replace('/', '~');
	}

}
