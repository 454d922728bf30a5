package ai.doxle.imageorigin.web.request;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Dates as HTTP writes them (RFC 9110 section 5.6.7).
 */
public final class HttpDates {

	private static final DateTimeFormatter IMF_FIXDATE = formatter("EEE, dd MMM yyyy HH:mm:ss 'GMT'");

	/** Two digits mean the years from 1970 to 2069; nothing here is older. */
	private static final DateTimeFormatter RFC_850 = new DateTimeFormatterBuilder().appendPattern("EEEE, dd-MMM-")
		.appendValueReduced(ChronoField.YEAR, 2, 2, LocalDate.EPOCH)
		.appendPattern(" HH:mm:ss 'GMT'")
		.toFormatter(Locale.ENGLISH)
		.withZone(ZoneOffset.UTC);

	private static final DateTimeFormatter ASCTIME = formatter("EEE MMM ppd HH:mm:ss yyyy");

	private static final List<DateTimeFormatter> FORMS = List.of(IMF_FIXDATE, RFC_850, ASCTIME);

	private HttpDates() {
	}

	public static String format(Instant date) {
		return IMF_FIXDATE.format(date);
	}

	/**
	 * Reads a date in any of HTTP's three forms; empty if it is none.
	 */
	static Optional<Instant> parse(String text) {
		return FORMS.stream().flatMap((form) -> parse(text.strip(), form).stream()).findFirst();
	}

	private static Optional<Instant> parse(String text, DateTimeFormatter form) {
		try {
			return Optional.of(form.parse(text, Instant::from));
		}
		catch (DateTimeException ex) {
			return Optional.empty();
		}
	}

	private static DateTimeFormatter formatter(String pattern) {
		return DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH).withZone(ZoneOffset.UTC);
	}

}
