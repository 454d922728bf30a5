package ai.doxle.imageorigin.web.request;

import java.util.concurrent.TimeUnit;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageTags;

/**
 * From the raw path of a request to its key, and from there to its cache tags.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class RequestReadingBenchmark {

	/** A path as browsers send it, and one with escapes. */
	@Param({ "projects/123/blocks/456/img.jpg", "projects/123/blocks/Grundri%C3%9F%20EG/r%C3%B6ntgen%2001.jpg" })
	public String path = "";

	@Benchmark
	public ImageKey key() {
		return new ImageKey(PercentCoding.decode(this.path));
	}

	@Benchmark
	public Object keyAndTags() {
		return ImageTags.of(new ImageKey(PercentCoding.decode(this.path)));
	}

}
