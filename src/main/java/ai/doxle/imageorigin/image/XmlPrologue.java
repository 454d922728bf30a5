package ai.doxle.imageorigin.image;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/**
 * What precedes the root element of an XML document: declaration, processing
 * instructions, comments and a document type with its internal subset (XML 1.0 section
 * 2.8). It is read once from left to right, leniently, in UTF-16 if it begins with the
 * byte order mark of that, otherwise in any superset of ASCII.
 */
final class XmlPrologue {

	/** What a prologue leads to. */
	enum Root {

		/** An {@code svg} element, with or without a prefix. */
		SVG,
		/** Something else, or it is no XML at all. */
		OTHER,
		/** The bytes end before they tell. */
		UNSEEN

	}

	private static final String DOCTYPE = "<!DOCTYPE";

	private static final String COMMENT = "<!--";

	private static final String SPACE = " \t\r\n\f";

	private static final Pattern SVG = Pattern.compile("(?:[A-Za-z_][\\w.-]*+:)?+svg");

	private static final boolean[] NAME = name();

	private final String text;

	private XmlPrologue(String text) {
		this.text = text;
	}

	/** The root of a document that begins so. */
	static Root rootOf(byte[] start) {
		return new XmlPrologue(decode(start)).root();
	}

	private static String decode(byte[] start) {
		if (begins(start, 0xFE, 0xFF)) {
			return utf16(start, StandardCharsets.UTF_16BE);
		}
		if (begins(start, 0xFF, 0xFE)) {
			return utf16(start, StandardCharsets.UTF_16LE);
		}
		int mark = begins(start, 0xEF, 0xBB, 0xBF) ? 3 : 0;
		return new String(start, mark, start.length - mark, StandardCharsets.ISO_8859_1);
	}

	/** Half a code unit at the end is none. */
	private static String utf16(byte[] start, Charset charset) {
		return new String(start, 2, (start.length - 2) & ~1, charset);
	}

	private static boolean begins(byte[] start, int... bytes) {
		for (int i = 0; i < bytes.length; i++) {
			if (i >= start.length || Byte.toUnsignedInt(start[i]) != bytes[i]) {
				return false;
			}
		}
		return true;
	}

	private Root root() {
		int at = behindSpace(0);
		while (at < this.text.length()) {
			int behind = behindItem(at);
			if (behind == at) {
				return element(at);
			}
			at = behindSpace(behind);
		}
		return Root.UNSEEN;
	}

	private int behindSpace(int from) {
		int at = from;
		while (at < this.text.length() && isSpace(at)) {
			at++;
		}
		return at;
	}

	/**
	 * The position behind what is not the root element: the same position if that is
	 * here, the end of the text if the item does not end in it.
	 */
	private int behindItem(int at) {
		if (this.text.startsWith(DOCTYPE, at)) {
			int name = at + DOCTYPE.length();
			return (name == this.text.length() || isSpace(name)) ? behindDoctype(name) : at;
		}
		return behindRemark(at);
	}

	private int behindRemark(int at) {
		if (this.text.startsWith("<?", at)) {
			return behind("?>", at + 2);
		}
		return this.text.startsWith(COMMENT, at) ? behind("-->", at + COMMENT.length()) : at;
	}

	private int behind(String end, int from) {
		int found = this.text.indexOf(end, from);
		return (found < 0) ? this.text.length() : found + end.length();
	}

	private int behindDoctype(int from) {
		int at = from;
		while (at < this.text.length() && this.text.charAt(at) != '>') {
			at = (this.text.charAt(at) == '[') ? behindSubset(at + 1) : behindLiteral(at);
		}
		return Math.min(at + 1, this.text.length());
	}

	private int behindSubset(int from) {
		int at = from;
		while (at < this.text.length() && this.text.charAt(at) != ']') {
			int behind = behindRemark(at);
			at = (behind > at) ? behind : behindLiteral(at);
		}
		return Math.min(at + 1, this.text.length());
	}

	/** What is quoted is one piece, whatever it contains. */
	private int behindLiteral(int at) {
		return switch (this.text.charAt(at)) {
			case '"' -> behind("\"", at + 1);
			case '\'' -> behind("'", at + 1);
			default -> at + 1;
		};
	}

	private Root element(int at) {
		if (isCutOff(at)) {
			return Root.UNSEEN;
		}
		int end = at + 1;
		while (end < this.text.length() && isName(this.text.charAt(end))) {
			end++;
		}
		if (this.text.charAt(at) != '<' || end == at + 1) {
			return Root.OTHER;
		}
		return (end < this.text.length()) ? element(this.text.substring(at + 1, end), end) : Root.UNSEEN;
	}

	/** Whether the text ends where an item other than the root element may have begun. */
	private boolean isCutOff(int at) {
		String rest = this.text.substring(at, Math.min(at + DOCTYPE.length(), this.text.length()));
		boolean isLast = at + rest.length() == this.text.length();
		return isLast && (DOCTYPE.startsWith(rest) || COMMENT.startsWith(rest));
	}

	private Root element(String name, int end) {
		boolean ends = isSpace(end) || this.text.charAt(end) == '/' || this.text.charAt(end) == '>';
		return (ends && SVG.matcher(name).matches()) ? Root.SVG : Root.OTHER;
	}

	private boolean isSpace(int at) {
		return SPACE.indexOf(this.text.charAt(at)) >= 0;
	}

	/** Of names with other letters, none is svg with a prefix that anybody uses. */
	private static boolean isName(char character) {
		return character < NAME.length && NAME[character];
	}

	private static boolean[] name() {
		boolean[] name = new boolean[128];
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-:".chars()
			.forEach((character) -> name[character] = true);
		return name;
	}

}
