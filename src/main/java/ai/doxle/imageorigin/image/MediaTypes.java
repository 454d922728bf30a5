package ai.doxle.imageorigin.image;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Media types as {@code Content-Type} carries them (RFC 9110 section 8.3.1), read
 * leniently: whoever uploads writes anything, and no parameter changes what a type is.
 */
public final class MediaTypes {

	/** What is said of bytes of which nothing is known. */
	public static final String UNKNOWN = "application/octet-stream";

	/** Names as they can be registered (RFC 6838 section 4.2). */
	private static final Pattern ESSENCE = Pattern.compile("[A-Za-z0-9][\\w!#$&^.+-]*+/[A-Za-z0-9][\\w!#$&^.+-]*+");

	/** A token, and a token or a quoted string (RFC 9110 section 5.6), of ASCII only. */
	private static final Pattern PARAMETER = Pattern.compile("[\\w!#$%&'*+.^`|~-]++="
			+ "(?:[\\w!#$%&'*+.^`|~-]++|\"[\\t !#-\\[\\]-~]*+(?:\\\\[\\t -~][\\t !#-\\[\\]-~]*+)*+\")");

	private MediaTypes() {
	}

	/**
	 * Type and subtype of a field value, in lower case; of a list whose members agree,
	 * theirs. What has none is given back as it is, and equals no media type.
	 */
	public static String essence(String value) {
		if (value.indexOf(',') < 0) {
			return withoutParameters(value);
		}
		List<String> essences = split(value, ',').stream().map(MediaTypes::withoutParameters).distinct().toList();
		return (essences.size() == 1) ? essences.getFirst() : value.strip().toLowerCase(Locale.ROOT);
	}

	/** Whether a text is type and subtype, and neither is a wildcard. */
	public static boolean isEssence(String text) {
		return ESSENCE.matcher(text).matches();
	}

	/**
	 * A field value that says the same and can be sent: without parameters that are
	 * malformed, without repetitions; {@value #UNKNOWN} if it names no media type.
	 */
	public static String wellFormed(String value) {
		if (!isEssence(essence(value))) {
			return UNKNOWN;
		}
		List<String> parts = split(split(value, ',').getFirst(), ';');
		if (!isEssence(parts.getFirst())) {
			// a letter beyond ASCII whose small form is within
			return UNKNOWN;
		}
		StringBuilder wellFormed = new StringBuilder(parts.getFirst());
		parts.stream()
			.skip(1)
			.filter((part) -> PARAMETER.matcher(part).matches())
			.forEach((parameter) -> wellFormed.append("; ").append(parameter));
		return wellFormed.toString();
	}

	private static String withoutParameters(String member) {
		int parameters = member.indexOf(';');
		String essence = (parameters < 0) ? member : member.substring(0, parameters);
		return essence.strip().toLowerCase(Locale.ROOT);
	}

	/** The parts between separators that are not within quotes, but for empty ones. */
	private static List<String> split(String text, char separator) {
		List<String> parts = new ArrayList<>();
		boolean quoted = false;
		int start = 0;
		for (int i = 0; i < text.length(); i++) {
			char character = text.charAt(i);
			if (quoted && character == '\\') {
				i++;
			}
			else if (character == '"') {
				quoted = !quoted;
			}
			else if (character == separator && !quoted) {
				parts.add(text.substring(start, i).strip());
				start = i + 1;
			}
		}
		parts.add(text.substring(Math.min(start, text.length())).strip());
		parts.removeIf(String::isEmpty);
		return parts;
	}

}
