package ai.doxle.imageorigin.web;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;

import org.springframework.http.HttpHeaders;

/**
 * Dates as HTTP writes them (RFC 9110 section 5.6.7).
 */
final class HttpDates {

	private static final DateTimeFormatter IMF_FIXDATE = DateTimeFormatter
		.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH)
		.withZone(ZoneOffset.UTC);

	private HttpDates() {
	}

	static String format(Instant date) {
		return IMF_FIXDATE.format(date);
	}

	/**
	 * Reads a date in any of HTTP's three forms; empty if it is none.
	 */
	static Optional<Instant> parse(String text) {
		HttpHeaders headers = new HttpHeaders();
		headers.set(HttpHeaders.DATE, text);
		try {
			return Optional.ofNullable(headers.getFirstZonedDateTime(HttpHeaders.DATE)).map(ZonedDateTime::toInstant);
		}
		catch (IllegalArgumentException ex) {
			return Optional.empty();
		}
	}

}
