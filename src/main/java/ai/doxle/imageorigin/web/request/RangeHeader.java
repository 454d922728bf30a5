package ai.doxle.imageorigin.web.request;

import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;

import ai.doxle.imageorigin.image.ByteSpan;
import ai.doxle.imageorigin.image.ETag;
import ai.doxle.imageorigin.image.ImageHead;

/**
 * The {@code Range} of a GET request and its {@code If-Range} (RFC 9110 sections 14.2 and
 * 13.1.5). A header that is malformed, of another unit or has more than
 * {@value #MAX_RANGES} ranges is ignored, as the RFC allows and S3 does.
 */
final class RangeHeader {

	/** The most ranges that are sent one by one. */
	static final int MAX_RANGES = 16;

	/** A range set: {@code bytes=}, then ranges or empty list members. */
	private static final Pattern SET = Pattern.compile("bytes=([\\d\\s,-]+)", Pattern.CASE_INSENSITIVE);

	/**
	 * Possessive: digits that are given back are tried again, 32 KiB of them for seconds.
	 */
	private static final Pattern RANGE = Pattern.compile("(\\d++)-(\\d++)?|-(\\d++)");

	private static final int MAX_DIGITS = 18;

	private final List<Range> ranges;

	private final @Nullable String validator;

	private RangeHeader(List<Range> ranges, @Nullable String validator) {
		this.ranges = ranges;
		this.validator = validator;
	}

	/**
	 * Reads the ranges of a request; empty if it has none that count.
	 */
	static Optional<RangeHeader> of(HttpHeaders headers) {
		List<String> values = headers.getOrEmpty(HttpHeaders.RANGE);
		if (values.size() != 1) {
			return Optional.empty();
		}
		Matcher set = SET.matcher(values.getFirst().strip());
		if (!set.matches()) {
			return Optional.empty();
		}
		return parse(set.group(1)).map((ranges) -> new RangeHeader(ranges, headers.getFirst(HttpHeaders.IF_RANGE)));
	}

	private static Optional<List<Range>> parse(String set) {
		List<Range> ranges = new ArrayList<>();
		for (String text : set.split(",", -1)) {
			if (text.isBlank()) {
				continue;
			}
			Optional<Range> range = Range.of(text.strip());
			if (range.isEmpty() || ranges.size() == MAX_RANGES) {
				return Optional.empty();
			}
			ranges.add(range.get());
		}
		return ranges.isEmpty() ? Optional.empty() : Optional.of(ranges);
	}

	/**
	 * Whether the ranges may be taken from this version: there is no {@code If-Range}, or
	 * it names this version by a strong validator.
	 */
	boolean appliesTo(ImageHead head, Clock clock) {
		if (this.validator == null) {
			return true;
		}
		return this.validator.contains("\"") ? head.etag().matchesStrongly(ETag.parse(this.validator.strip()))
				: isStrongDate(this.validator, head, clock);
	}

	/**
	 * A date is strong if the image is older than the present second (section 8.8.2.2).
	 */
	private static boolean isStrongDate(String validator, ImageHead head, Clock clock) {
		return HttpDates.parse(validator).filter(head.lastModified()::equals).isPresent()
				&& head.lastModified().plusSeconds(1).isBefore(clock.instant());
	}

	/**
	 * The satisfiable ranges, as spans of an image of that length, in the order of the
	 * request; empty if there is none.
	 */
	List<ByteSpan> resolve(long length) {
		return this.ranges.stream().flatMap((range) -> range.resolve(length).stream()).toList();
	}

	/**
	 * Whether spans ask for more than one image's worth, or overlap so much that no
	 * client could need them apart (section 14.2: more than two).
	 */
	static boolean isAbusive(List<ByteSpan> spans, long length) {
		long overlaps = 0;
		long bytes = 0;
		for (int i = 0; i < spans.size(); i++) {
			ByteSpan span = spans.get(i);
			bytes += span.length();
			overlaps += spans.subList(0, i).stream().filter(span::overlaps).count();
		}
		return bytes > length || overlaps > 2;
	}

	/** One range: from a byte to another or to the end, or the last few bytes. */
	private record Range(long first, long last, long suffix) {

		static Optional<Range> of(String text) {
			Matcher range = RANGE.matcher(text);
			if (!range.matches()) {
				return Optional.empty();
			}
			if (range.group(3) != null) {
				return Optional.of(new Range(0, 0, number(range.group(3))));
			}
			long first = number(range.group(1));
			long last = (range.group(2) != null) ? number(range.group(2)) : Long.MAX_VALUE;
			return (last < first) ? Optional.empty() : Optional.of(new Range(first, last, -1));
		}

		/** More digits than any image has bytes are as good as the largest number. */
		private static long number(String digits) {
			int zeros = 0;
			while (zeros < digits.length() - 1 && digits.charAt(zeros) == '0') {
				zeros++;
			}
			return (digits.length() - zeros > MAX_DIGITS) ? Long.MAX_VALUE
					: Long.parseLong(digits, zeros, digits.length(), 10);
		}

		Optional<ByteSpan> resolve(long length) {
			long from = (this.suffix < 0) ? this.first : Math.max(0, length - this.suffix);
			long to = (this.suffix < 0) ? Math.min(this.last, length - 1) : length - 1;
			return (from <= to) ? Optional.of(new ByteSpan(from, to)) : Optional.empty();
		}

	}

}
