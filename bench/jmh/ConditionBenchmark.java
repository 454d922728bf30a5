package ai.doxle.imageorigin.web.request;

import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.springframework.http.HttpHeaders;

import ai.doxle.imageorigin.image.ByteSpan;
import ai.doxle.imageorigin.image.ETag;
import ai.doxle.imageorigin.image.ImageHead;

/**
 * Preconditions and ranges: read from the headers of a request, and evaluated.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class ConditionBenchmark {

	private static final String TAG = "\"9b2cf535f27731c974343645a3985328\"";

	private final ImageHead head = new ImageHead(ETag.parse(TAG), Instant.parse("2026-11-01T00:00:00Z"), 5_242_880,
			"image/jpeg", null);

	private final HttpHeaders plain = headers("Accept", "image/avif,image/webp,*/*");

	private final HttpHeaders known = headers(HttpHeaders.IF_NONE_MATCH, "\"another\", " + TAG);

	private final HttpHeaders dated = headers(HttpHeaders.IF_MODIFIED_SINCE, "Sun, 01 Nov 2026 00:00:00 GMT");

	private final HttpHeaders ranged = headers(HttpHeaders.RANGE, "bytes=1048576-1114111");

	private final HttpHeaders manyRanges = headers(HttpHeaders.RANGE, "bytes=0-99, 200-299, 400-499, -100");

	@Benchmark
	public Preconditions.Outcome none() {
		return Preconditions.of(this.plain).evaluate(this.head);
	}

	@Benchmark
	public Preconditions.Outcome ifNoneMatch() {
		return Preconditions.of(this.known).evaluate(this.head);
	}

	@Benchmark
	public Preconditions.Outcome ifModifiedSince() {
		return Preconditions.of(this.dated).evaluate(this.head);
	}

	@Benchmark
	public List<ByteSpan> range() {
		return RangeHeader.of(this.ranged).orElseThrow().resolve(this.head.length());
	}

	@Benchmark
	public List<ByteSpan> fourRanges() {
		return RangeHeader.of(this.manyRanges).orElseThrow().resolve(this.head.length());
	}

	private static HttpHeaders headers(String name, String value) {
		HttpHeaders headers = new HttpHeaders();
		headers.set(name, value);
		return headers;
	}

}
