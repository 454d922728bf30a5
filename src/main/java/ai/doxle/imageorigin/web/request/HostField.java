package ai.doxle.imageorigin.web.request;

/**
 * The {@code Host} of a request (RFC 9110 section 7.2), by the grammar of RFC 3986
 * section 3.2.2. A host with no name at all is none for {@code http} (RFC 9110 section
 * 4.2.1).
 */
public final class HostField {

	private static final String SYMBOLS = "-._~!$&'()*+,;=";

	private static final int MAX_PORT = 65535;

	private HostField() {
	}

	/**
	 * Whether a value names a host, and perhaps a port.
	 */
	public static boolean isValid(String value) {
		int end = value.startsWith("[") ? literalEnd(value) : nameEnd(value);
		return end > 0 && (end == value.length() || isPort(value, end));
	}

	/** Where an IP literal in brackets ends; -1 if it does not. */
	private static int literalEnd(String value) {
		int end = 1;
		while (end < value.length() && (isOfName(value.charAt(end)) || value.charAt(end) == ':')) {
			end++;
		}
		return (end > 1 && end < value.length() && value.charAt(end) == ']') ? end + 1 : -1;
	}

	/** Where a registered name or an IPv4 address ends. */
	private static int nameEnd(String value) {
		int end = 0;
		while (end < value.length()) {
			if (PercentCoding.isEscape(value, end)) {
				end += 3;
			}
			else if (isOfName(value.charAt(end))) {
				end++;
			}
			else {
				break;
			}
		}
		return end;
	}

	private static boolean isOfName(char character) {
		return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') || isDigit(character)
				|| SYMBOLS.indexOf(character) >= 0;
	}

	private static boolean isPort(String value, int colon) {
		int port = 0;
		for (int i = colon + 1; i < value.length() && port <= MAX_PORT; i++) {
			if (!isDigit(value.charAt(i))) {
				return false;
			}
			port = port * 10 + value.charAt(i) - '0';
		}
		return value.charAt(colon) == ':' && port <= MAX_PORT;
	}

	private static boolean isDigit(char character) {
		return character >= '0' && character <= '9';
	}

}
