package ai.doxle.imageorigin.admin.events.payload;

import java.util.Locale;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * Puts the events of one object of one bucket in order. S3 writes hexadecimal digits,
 * more or fewer of them; here they are padded, so that they compare as text.
 *
 * @param digits {@value #LENGTH} hexadecimal digits, in capitals
 */
public record Sequencer(String digits) {

	/** How many digits there are. */
	public static final int LENGTH = 64;

	private static final Pattern HEXADECIMAL = Pattern.compile("[0-9A-Fa-f]{1," + LENGTH + "}");

	/**
	 * Reads what S3 writes.
	 * @return null if it is not hexadecimal, or too long to be a number of S3
	 */
	static @Nullable Sequencer parse(String text) {
		return HEXADECIMAL.matcher(text).matches()
				? new Sequencer("0".repeat(LENGTH - text.length()) + text.toUpperCase(Locale.ROOT)) : null;
	}

}
