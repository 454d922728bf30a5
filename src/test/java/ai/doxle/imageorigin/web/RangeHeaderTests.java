package ai.doxle.imageorigin.web;

import java.math.BigInteger;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

import ai.doxle.imageorigin.image.ByteSpan;
import ai.doxle.imageorigin.image.ETag;
import ai.doxle.imageorigin.image.ImageHead;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.http.HttpHeaders;

import static org.assertj.core.api.Assertions.assertThat;

class RangeHeaderTests {

	private static final Instant MODIFIED = Instant.parse("1994-11-06T08:49:37Z");

	private static final ImageHead HEAD = new ImageHead(new ETag("v1", false), MODIFIED, 100, "image/png", null);

	private static final Clock LATER = Clock.fixed(MODIFIED.plusSeconds(60), ZoneOffset.UTC);

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			bytes=0-0 | 0-0
			bytes=5-9 | 5-9
			BYTES=5-9 | 5-9
			bytes=90- | 90-99
			bytes=0- | 0-99
			bytes=-1 | 99-99
			bytes=-100 | 0-99
			bytes=-1000 | 0-99
			bytes=90-1000 | 90-99
			bytes=0-99999999999999999999999 | 0-99
			bytes=-99999999999999999999999 | 0-99
			bytes=000000000000000000000005-0000000000000000000000009 | 5-9
			bytes=0-0,-1 | 0-0,99-99
			bytes= 5-9 ,, 1-2 , | 5-9,1-2
			bytes=5-9,200-300 | 5-9
			""")
	void resolves(String value, String spans) {
		assertThat(resolve(value, 100))
			.hasValueSatisfying((resolved) -> assertThat(resolved).extracting(ByteSpan::toString)
				.containsExactly(spans.split(",", -1)));
	}

	@ParameterizedTest
	@ValueSource(strings = { "bytes=100-", "bytes=100-200", "bytes=-0", "bytes=99999999999999999999999-" })
	void isUnsatisfiableBeyondTheEnd(String value) {
		assertThat(resolve(value, 100)).hasValue(List.of());
	}

	@Test
	void isUnsatisfiableInAnEmptyImage() {
		assertThat(resolve("bytes=0-", 0)).hasValue(List.of());
		assertThat(resolve("bytes=-5", 0)).hasValue(List.of());
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "bytes", "bytes=", "bytes=,", "bytes=-", "bytes=a-b", "bytes=9-5", "bytes=1 - 2",
			"bytes=1-2-3", "bytes=--1", "bytes=1", "bytes=0-1,x", "bytes=0-1,9-5", "items=0-1", "bytes 0-1",
			"bytes=\u0661-\u0662", "bytes=99999999999999999999999-5", "bytes=0x1-2", "bytes=+1-2" })
	void ignoresMalformedRange(String value) {
		assertThat(resolve(value, 100)).isEmpty();
	}

	@Test
	void ignoresAbsentAndRepeatedHeaders() {
		HttpHeaders headers = new HttpHeaders();
		assertThat(RangeHeader.of(headers)).isEmpty();
		headers.add(HttpHeaders.RANGE, "bytes=0-1");
		headers.add(HttpHeaders.RANGE, "bytes=2-3");
		assertThat(RangeHeader.of(headers)).isEmpty();
	}

	@Test
	void takes16Ranges() {
		assertThat(resolve(ranges(16), 100)).hasValueSatisfying((spans) -> assertThat(spans).hasSize(16));
	}

	@Test
	void ignores17Ranges() {
		assertThat(resolve(ranges(17), 100)).isEmpty();
	}

	@Property(tries = 500)
	void resolvesWithinTheImage(@ForAll("rangeHeaders") String value,
			@ForAll @LongRange(min = 0, max = Long.MAX_VALUE) long length) {
		resolve(value, length).ifPresent((spans) -> assertThat(spans).allSatisfy((span) -> {
			assertThat(span.first()).isNotNegative().isLessThanOrEqualTo(span.last());
			assertThat(span.last()).isLessThan(length);
		}));
	}

	@Property(tries = 500)
	void readsAnythingWithoutFailure(@ForAll String value, @ForAll @LongRange(min = 0, max = 1000) long length) {
		resolve("bytes=" + value, length)
			.ifPresent((spans) -> assertThat(spans).allSatisfy((span) -> assertThat(span.last()).isLessThan(length)));
	}

	@Provide
	Arbitrary<String> rangeHeaders() {
		Arbitrary<String> number = Arbitraries.bigIntegers().greaterOrEqual(BigInteger.ZERO).map(String::valueOf);
		Arbitrary<String> end = Arbitraries.oneOf(number, Arbitraries.just(""));
		Arbitrary<String> range = Combinators.combine(end, end).as((first, last) -> first + "-" + last);
		return range.list().ofMinSize(1).ofMaxSize(17).map((ranges) -> "bytes=" + String.join(",", ranges));
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			"v1" | true
			"v0" | false
			W/"v1" | false
			"v0", "v1" | false
			Sun, 06 Nov 1994 08:49:37 GMT | true
			Sun, 06 Nov 1994 08:49:36 GMT | false
			Sun, 06 Nov 1994 08:49:38 GMT | false
			yesterday | false
			v1 | false
			""", quoteCharacter = '`')
	void appliesToTheVersionOfIfRangeOnly(String ifRange, boolean applies) {
		assertThat(conditional(ifRange).appliesTo(HEAD, LATER)).isEqualTo(applies);
	}

	@Test
	void appliesToNoWeakVersionByIfRange() {
		ImageHead weak = new ImageHead(new ETag("v1", true), MODIFIED, 100, "image/png", null);
		assertThat(conditional("\"v1\"").appliesTo(weak, LATER)).isFalse();
		assertThat(conditional("W/\"v1\"").appliesTo(weak, LATER)).isFalse();
	}

	@Test
	void appliesToAnyVersionWithoutIfRange() {
		assertThat(RangeHeader.of(range("bytes=0-1")).orElseThrow().appliesTo(HEAD, LATER)).isTrue();
	}

	@Test
	void doesNotTrustTheDateOfAnImageJustWritten() {
		Clock now = Clock.fixed(MODIFIED.plusMillis(500), ZoneOffset.UTC);
		assertThat(conditional("Sun, 06 Nov 1994 08:49:37 GMT").appliesTo(HEAD, now)).isFalse();
		assertThat(conditional("\"v1\"").appliesTo(HEAD, now)).isTrue();
	}

	@Test
	void isAbusiveIfMoreThanTheImageIsWanted() {
		assertThat(RangeHeader.isAbusive(spans("bytes=0-,0-0"), 100)).isTrue();
		assertThat(RangeHeader.isAbusive(spans("bytes=0-59,40-99"), 100)).isTrue();
		assertThat(RangeHeader.isAbusive(spans("bytes=0-"), 100)).isFalse();
		assertThat(RangeHeader.isAbusive(spans("bytes=50-,0-49"), 100)).isFalse();
	}

	@Test
	void isAbusiveIfMoreThanTwoRangesOverlap() {
		assertThat(RangeHeader.isAbusive(spans("bytes=0-1,1-2,2-3"), 100)).isFalse();
		assertThat(RangeHeader.isAbusive(spans("bytes=0-1,1-2,2-3,3-4"), 100)).isTrue();
		assertThat(RangeHeader.isAbusive(spans(ranges(16)), 100)).isFalse();
	}

	private static String ranges(int count) {
		List<String> ranges = new ArrayList<>();
		for (int i = 0; i < count; i++) {
			ranges.add(2 * i + "-" + 2 * i);
		}
		Collections.reverse(ranges);
		return "bytes=" + String.join(",", ranges);
	}

	private static List<ByteSpan> spans(String value) {
		return resolve(value, 100).orElseThrow();
	}

	private static Optional<List<ByteSpan>> resolve(String value, long length) {
		return RangeHeader.of(range(value)).map((header) -> header.resolve(length));
	}

	private static RangeHeader conditional(String ifRange) {
		HttpHeaders headers = range("bytes=0-1");
		headers.set(HttpHeaders.IF_RANGE, ifRange);
		return RangeHeader.of(headers).orElseThrow();
	}

	private static HttpHeaders range(String value) {
		HttpHeaders headers = new HttpHeaders();
		headers.set(HttpHeaders.RANGE, value);
		return headers;
	}

}
