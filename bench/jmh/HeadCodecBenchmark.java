package ai.doxle.imageorigin.cache.redis;

import java.time.Instant;
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

import ai.doxle.imageorigin.cache.redis.purge.JournalPosition;
import ai.doxle.imageorigin.image.ETag;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;

/**
 * A head on its way into Redis and back.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class HeadCodecBenchmark {

	private final ImageKey key = new ImageKey("projects/123/blocks/456/img.jpg");

	private final ImageHead image = new ImageHead(ETag.parse("\"9b2cf535f27731c974343645a3985328\""),
			Instant.parse("2026-11-01T00:00:00Z"), 5_242_880, "image/jpeg", null);

	private final StoredHead head = new StoredHead(this.key, JournalPosition.START, "4f1c2a.7", this.image);

	private final byte[] encoded = StoredHeadCodec.encode(this.head);

	@Benchmark
	public byte[] encode() {
		return StoredHeadCodec.encode(this.head);
	}

	@Benchmark
	public Object decode() {
		return StoredHeadCodec.decode(this.encoded, this.key);
	}

}
