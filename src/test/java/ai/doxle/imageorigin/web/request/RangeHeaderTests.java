package ai.doxle.imageorigin.web.request;

import java.math.BigInteger;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.http.HttpHeaders;

import ai.doxle.imageorigin.image.ByteSpan;
import ai.doxle.imageorigin.image.ETag;
import ai.doxle.imageorigin.image.ImageHead;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

class RangeHeaderTests {

	private static final Instant MODIFIED = Instant.parse("1994-11-06T08:49:37Z");

	private static final ImageHead HEAD = new ImageHead(new ETag("v1", false), MODIFIED, 100, "image/png", null);

	private static final Clock LATER = Clock.fixed(MODIFIED.plusSeconds(60), ZoneOffset.UTC);

	private static final int TRIES = 2_000;

	private static final Duration PATIENCE = Duration.ofSeconds(10);

	/** The same each time, so that what fails once can be looked at. */
	private final Random random = new Random(42);

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

	/** More than a request can carry: a second look at each digit would take hours. */
	@ParameterizedTest
	@ValueSource(strings = { "bytes=Z", "bytes=Z-Z-", "bytes=-Z-", "bytes=Zx", "bytes=0-1,Z", "bytes=Z-,Z-Z,-Z,Z" })
	void ignoresAMillionZerosAtOnce(String value) {
		assertThat(resolveAtOnce(value)).isEmpty();
	}

	@Test
	void resolvesAMillionZerosAtOnce() {
		assertThat(resolveAtOnce("bytes=Z5-Z9,-Z1,Z-Z," + "Z7-,".repeat(13)))
			.hasValueSatisfying((spans) -> assertThat(spans).extracting(ByteSpan::toString)
				.startsWith("5-9", "99-99", "0-0", "7-99")
				.hasSize(16));
	}

	private static Optional<List<ByteSpan>> resolveAtOnce(String value) {
		return assertTimeoutPreemptively(PATIENCE, () -> resolve(value.replace("Z", "0".repeat(1_000_000)), 100));
	}

	@Test
	void takes16Ranges() {
		assertThat(resolve(ranges(16), 100)).hasValueSatisfying((spans) -> assertThat(spans).hasSize(16));
	}

	@Test
	void ignores17Ranges() {
		assertThat(resolve(ranges(17), 100)).isEmpty();
	}

	@Test
	void resolvesWithinTheImage() {
		for (int i = 0; i < TRIES; i++) {
			String value = "bytes=" + list(1 + this.random.nextInt(17), () -> number() + "-" + number());
			assertWithin(value, this.random.nextLong(Long.MAX_VALUE) >> this.random.nextInt(63));
		}
	}

	@Test
	void readsAnythingWithoutFailure() {
		for (int i = 0; i < TRIES; i++) {
			String value = "bytes=" + list(this.random.nextInt(4), () -> text("0123456789-, \t%x\u0661\uD800"));
			assertWithin(value, this.random.nextLong(1_000));
		}
	}

	private static void assertWithin(String value, long length) {
		assertThat(resolve(value, length).orElse(List.of())).as("%s of %s", value, length)
			.allSatisfy((span) -> assertThat(span.first()).isNotNegative().isLessThanOrEqualTo(span.last()))
			.allSatisfy((span) -> assertThat(span.last()).isLessThan(length));
	}

	private static String list(int size, Supplier<String> member) {
		return Stream.generate(member).limit(size).collect(Collectors.joining(","));
	}

	/** Nothing, or a number of up to 100 bits; small ones as often as large ones. */
	private String number() {
		int bits = this.random.nextInt(101);
		return (bits == 100) ? "" : new BigInteger(bits, this.random).toString();
	}

	private String text(String alphabet) {
		return this.random.ints(this.random.nextInt(12), 0, alphabet.length())
			.mapToObj((index) -> alphabet.substring(index, index + 1))
			.collect(Collectors.joining());
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
