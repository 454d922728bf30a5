package ai.doxle.imageorigin.image;

/**
 * An entity tag (RFC 9110 section 8.8.3).
 *
 * @param opaque the text between the quotes
 * @param weak whether it carries the prefix {@code W/}
 */
public record ETag(String opaque, boolean weak) {

	/**
	 * Reads a tag as S3 sends it, with quotes or, as some S3 servers do, without. One
	 * whose prefix is in lower case is weak, too: it shall not pass for a strong one.
	 */
	public static ETag parse(String text) {
		boolean weak = text.startsWith("W/") || text.startsWith("w/");
		String tag = weak ? text.substring(2) : text;
		boolean quoted = tag.length() >= 2 && tag.startsWith("\"") && tag.endsWith("\"");
		return new ETag(quoted ? tag.substring(1, tag.length() - 1) : tag, weak);
	}

	/**
	 * Strong comparison (RFC 9110 section 8.8.3.2): equal and neither is weak.
	 */
	public boolean matchesStrongly(ETag other) {
		return !this.weak && !other.weak && this.opaque.equals(other.opaque);
	}

	/**
	 * Weak comparison (RFC 9110 section 8.8.3.2): equal, weak or not.
	 */
	public boolean matchesWeakly(ETag other) {
		return this.opaque.equals(other.opaque);
	}

	/**
	 * The tag as a header carries it.
	 */
	@Override
	public String toString() {
		return (this.weak ? "W/\"" : "\"") + this.opaque + '"';
	}

}
