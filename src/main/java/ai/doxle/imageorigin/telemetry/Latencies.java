package ai.doxle.imageorigin.telemetry;

import java.time.Duration;
import java.util.stream.LongStream;

import io.micrometer.core.instrument.Timer;

/**
 * Timers with the same few buckets, so that percentiles can be told for a whole fleet.
 */
final class Latencies {

	private static final Duration[] BUCKETS = LongStream
		.of(1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 15_000)
		.mapToObj(Duration::ofMillis)
		.toArray(Duration[]::new);

	private Latencies() {
	}

	static Timer.Builder timer(String name, String description) {
		return Timer.builder(name).description(description).serviceLevelObjectives(BUCKETS);
	}

}
