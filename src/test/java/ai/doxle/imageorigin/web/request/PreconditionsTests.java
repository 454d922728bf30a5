package ai.doxle.imageorigin.web.request;

import java.time.Instant;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.http.HttpHeaders;

import ai.doxle.imageorigin.image.ETag;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.web.request.Preconditions.Outcome;

import static org.assertj.core.api.Assertions.assertThat;

class PreconditionsTests {

	private static final String BEFORE = "Sun, 06 Nov 1994 08:49:36 GMT";

	private static final String EQUAL = "Sun, 06 Nov 1994 08:49:37 GMT";

	private static final String AFTER = "Sun, 06 Nov 1994 08:49:38 GMT";

	private static final ImageHead HEAD = head(false);

	private static final ImageHead WEAK_HEAD = head(true);

	@Test
	void proceedsWithoutPreconditions() {
		Preconditions none = Preconditions.of(new HttpHeaders());
		assertThat(none.isEmpty()).isTrue();
		assertThat(none.evaluate(HEAD)).isEqualTo(Outcome.PROCEED);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			"v1" | PROCEED
			* | PROCEED
			"v0", "v1" | PROCEED
			"v0" | FAILED
			W/"v1" | FAILED
			v1 | FAILED
			""", quoteCharacter = '`')
	void comparesIfMatchStrongly(String value, Outcome outcome) {
		assertThat(evaluate(HEAD, HttpHeaders.IF_MATCH, value)).isEqualTo(outcome);
	}

	@Test
	void neverMatchesAWeakVersionStrongly() {
		assertThat(evaluate(WEAK_HEAD, HttpHeaders.IF_MATCH, "W/\"v1\"")).isEqualTo(Outcome.FAILED);
		assertThat(evaluate(WEAK_HEAD, HttpHeaders.IF_MATCH, "*")).isEqualTo(Outcome.PROCEED);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			"v1" | NOT_MODIFIED
			W/"v1" | NOT_MODIFIED
			* | NOT_MODIFIED
			"v0", W/"v1" | NOT_MODIFIED
			"v0" | PROCEED
			v1 | PROCEED
			""", quoteCharacter = '`')
	void comparesIfNoneMatchWeakly(String value, Outcome outcome) {
		assertThat(evaluate(HEAD, HttpHeaders.IF_NONE_MATCH, value)).isEqualTo(outcome);
		assertThat(evaluate(WEAK_HEAD, HttpHeaders.IF_NONE_MATCH, value)).isEqualTo(outcome);
	}

	@Test
	void comparesIfModifiedSince() {
		assertThat(evaluate(HEAD, HttpHeaders.IF_MODIFIED_SINCE, BEFORE)).isEqualTo(Outcome.PROCEED);
		assertThat(evaluate(HEAD, HttpHeaders.IF_MODIFIED_SINCE, EQUAL)).isEqualTo(Outcome.NOT_MODIFIED);
		assertThat(evaluate(HEAD, HttpHeaders.IF_MODIFIED_SINCE, AFTER)).isEqualTo(Outcome.NOT_MODIFIED);
	}

	@Test
	void takesAFutureDateForAnOrdinaryOne() {
		assertThat(evaluate(HEAD, HttpHeaders.IF_MODIFIED_SINCE, "Fri, 01 Jan 2100 00:00:00 GMT"))
			.isEqualTo(Outcome.NOT_MODIFIED);
	}

	@Test
	void comparesIfUnmodifiedSince() {
		assertThat(evaluate(HEAD, HttpHeaders.IF_UNMODIFIED_SINCE, BEFORE)).isEqualTo(Outcome.FAILED);
		assertThat(evaluate(HEAD, HttpHeaders.IF_UNMODIFIED_SINCE, EQUAL)).isEqualTo(Outcome.PROCEED);
		assertThat(evaluate(HEAD, HttpHeaders.IF_UNMODIFIED_SINCE, AFTER)).isEqualTo(Outcome.PROCEED);
	}

	@ParameterizedTest
	@ValueSource(strings = { "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994" })
	void readsObsoleteDates(String date) {
		assertThat(evaluate(HEAD, HttpHeaders.IF_MODIFIED_SINCE, date)).isEqualTo(Outcome.NOT_MODIFIED);
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "0", "yesterday", "1994-11-06T08:49:37Z", "Sun, 32 Nov 1994 08:49:37 GMT" })
	void ignoresInvalidDates(String date) {
		assertThat(evaluate(HEAD, HttpHeaders.IF_MODIFIED_SINCE, date)).isEqualTo(Outcome.PROCEED);
		assertThat(evaluate(HEAD, HttpHeaders.IF_UNMODIFIED_SINCE, date)).isEqualTo(Outcome.PROCEED);
	}

	@Test
	void ignoresIfUnmodifiedSinceBesideIfMatch() {
		assertThat(evaluate(HEAD, HttpHeaders.IF_MATCH, "\"v1\"", HttpHeaders.IF_UNMODIFIED_SINCE, BEFORE))
			.isEqualTo(Outcome.PROCEED);
		assertThat(evaluate(HEAD, HttpHeaders.IF_MATCH, "\"v0\"", HttpHeaders.IF_UNMODIFIED_SINCE, AFTER))
			.isEqualTo(Outcome.FAILED);
	}

	@Test
	void ignoresIfModifiedSinceBesideIfNoneMatch() {
		assertThat(evaluate(HEAD, HttpHeaders.IF_NONE_MATCH, "\"v0\"", HttpHeaders.IF_MODIFIED_SINCE, AFTER))
			.isEqualTo(Outcome.PROCEED);
		assertThat(evaluate(HEAD, HttpHeaders.IF_NONE_MATCH, "\"v1\"", HttpHeaders.IF_MODIFIED_SINCE, BEFORE))
			.isEqualTo(Outcome.NOT_MODIFIED);
	}

	@Test
	void failsBeforeItIsNotModified() {
		assertThat(evaluate(HEAD, HttpHeaders.IF_MATCH, "\"v0\"", HttpHeaders.IF_NONE_MATCH, "\"v1\""))
			.isEqualTo(Outcome.FAILED);
		assertThat(evaluate(HEAD, HttpHeaders.IF_UNMODIFIED_SINCE, BEFORE, HttpHeaders.IF_NONE_MATCH, "*"))
			.isEqualTo(Outcome.FAILED);
		assertThat(evaluate(HEAD, HttpHeaders.IF_MATCH, "\"v1\"", HttpHeaders.IF_NONE_MATCH, "\"v1\""))
			.isEqualTo(Outcome.NOT_MODIFIED);
	}

	private static Outcome evaluate(ImageHead head, String... headers) {
		HttpHeaders request = new HttpHeaders();
		for (int i = 0; i < headers.length; i += 2) {
			request.add(headers[i], headers[i + 1]);
		}
		return Preconditions.of(request).evaluate(head);
	}

	private static ImageHead head(boolean weak) {
		return new ImageHead(new ETag("v1", weak), Instant.parse("1994-11-06T08:49:37.9Z"), 9, "image/png", null);
	}

}
