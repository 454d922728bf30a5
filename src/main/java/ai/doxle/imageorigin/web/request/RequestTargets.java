package ai.doxle.imageorigin.web.request;

import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * Request targets (RFC 9112 section 3.2) as a URI can hold them. Browsers send characters
 * that a URI cannot have (RFC 3986 section 2): each stands for itself, and is
 * percent-encoded here. An image's query is cut off, since it is never looked at.
 */
public final class RequestTargets {

	/** What precedes the path in absolute form (RFC 9112 section 3.2.2). */
	private static final Pattern ORIGIN = Pattern.compile("^[A-Za-z][A-Za-z0-9+.-]*+://[^/?#]*+");

	private static final HexFormat HEX = HexFormat.of().withUpperCase();

	/** What a path may have (RFC 3986 section 3.3), slashes and escapes included. */
	private static final boolean[] PATH_CHARACTERS = pathCharacters();

	private final String prefix;

	/**
	 * @param path the path under which images are served
	 */
	public RequestTargets(String path) {
		this.prefix = path + "/";
	}

	/**
	 * The same target in a form that a URI can have, the path alone if it is an image's.
	 * What stands for no character (raw bytes beyond ASCII, controls, blanks, incomplete
	 * escapes in a path) stays, to be refused.
	 * @param target a target as it was sent
	 */
	public String readable(String target) {
		if (isPlain(target)) {
			return target;
		}
		String path = ORIGIN.matcher(target).replaceFirst("");
		return path.startsWith(this.prefix) ? encode(path.substring(0, end(path, '?')), false) : encode(target);
	}

	/** Nothing is to be done for most targets. */
	private static boolean isPlain(String target) {
		for (int i = 0; i < target.length(); i++) {
			if (!isOfPath(target.charAt(i))) {
				return false;
			}
		}
		return target.startsWith("/");
	}

	private static String encode(String target) {
		int query = end(target, '?');
		return encode(target.substring(0, query), false) + encode(target.substring(query, end(target, '#')), true);
	}

	/** Where what precedes a query, or a fragment, ends. */
	private static int end(String target, char delimiter) {
		int at = target.indexOf(delimiter);
		int fragment = target.indexOf('#');
		int end = (at < 0 || (fragment >= 0 && fragment < at)) ? fragment : at;
		return (end < 0) ? target.length() : end;
	}

	/** A query may have {@code ?}; where no escape follows, its {@code %} is literal. */
	private static String encode(String part, boolean query) {
		StringBuilder encoded = new StringBuilder(part.length() + 16);
		for (int i = 0; i < part.length(); i++) {
			char character = part.charAt(i);
			boolean literal = query && (character == '%') && !PercentCoding.isEscape(part, i);
			boolean unfit = isVisible(character) && !isOfPath(character) && !(query && character == '?');
			if (literal || unfit) {
				encoded.append('%').append(HEX.toHexDigits((byte) character));
			}
			else {
				encoded.append(character);
			}
		}
		return encoded.toString();
	}

	private static boolean isVisible(char character) {
		return character > ' ' && character < 0x7f;
	}

	private static boolean isOfPath(char character) {
		return character < 128 && PATH_CHARACTERS[character];
	}

	private static boolean[] pathCharacters() {
		boolean[] characters = new boolean[128];
		for (char character = 'a'; character <= 'z'; character++) {
			characters[character] = true;
			characters[Character.toUpperCase(character)] = true;
		}
		"0123456789-._~!$&'()*+,;=:@/%".chars().forEach((character) -> characters[character] = true);
		return characters;
	}

}
