package ai.doxle.imageorigin.web.request;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * Decodes paths (RFC 3986 section 2.1), strictly: what is not UTF-8, overlong forms
 * included, or no complete escape is refused instead of repaired.
 */
final class PercentCoding {

	private PercentCoding() {
	}

	/**
	 * Decodes a raw path once. A plus sign is a plus sign.
	 * @throws IllegalArgumentException if it cannot be decoded; the message says why
	 */
	static String decode(String raw) {
		return isPlain(raw) ? raw : decodeEscapes(raw);
	}

	private static boolean isPlain(String raw) {
		for (int i = 0; i < raw.length(); i++) {
			char character = raw.charAt(i);
			if (character == '%' || !isVisible(character)) {
				return false;
			}
		}
		return true;
	}

	private static String decodeEscapes(String raw) {
		try {
			return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes(raw))).toString();
		}
		catch (CharacterCodingException ex) {
			throw new IllegalArgumentException("the path is not UTF-8", ex);
		}
	}

	private static byte[] bytes(String raw) {
		ByteArrayOutputStream bytes = new ByteArrayOutputStream(raw.length());
		for (int i = 0; i < raw.length(); i++) {
			char character = raw.charAt(i);
			if (character == '%') {
				bytes.write(escape(raw, i + 1));
				i += 2;
			}
			else if (isVisible(character)) {
				bytes.write(character);
			}
			else {
				throw new IllegalArgumentException("the path has a character that must be percent-encoded");
			}
		}
		return bytes.toByteArray();
	}

	private static boolean isVisible(char character) {
		return character > ' ' && character < 0x7f;
	}

	/** Whether a complete escape begins there. */
	static boolean isEscape(String text, int at) {
		return at + 2 < text.length() && text.charAt(at) == '%' && HexFormat.isHexDigit(text.charAt(at + 1))
				&& HexFormat.isHexDigit(text.charAt(at + 2));
	}

	private static int escape(String raw, int at) {
		if (!isEscape(raw, at - 1)) {
			throw new IllegalArgumentException("the path has an incomplete percent-escape");
		}
		return HexFormat.fromHexDigits(raw, at, at + 2);
	}

}
