package ai.doxle.imageorigin.admin.events;

import java.time.Duration;
import java.time.Instant;
import java.util.stream.LongStream;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import org.jspecify.annotations.Nullable;

import ai.doxle.imageorigin.admin.events.payload.ImageEvent;

/**
 * Counts events by kind and outcome, and measures how late they are done.
 */
final class EventMeters {

	private static final Duration[] BUCKETS = LongStream
		.of(20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 15_000, 60_000, 300_000)
		.mapToObj(Duration::ofMillis)
		.toArray(Duration[]::new);

	private final MeterRegistry registry;

	EventMeters(MeterRegistry registry) {
		this.registry = registry;
		lag("created");
		count("created", EventOutcome.WARMED);
	}

	/** Counts an event that has ended. */
	void ended(ImageEvent event, EventOutcome outcome) {
		count(kind(event), outcome).increment();
		Instant time = event.time();
		if (time != null && outcome.isWork()) {
			lag(kind(event)).record(sinceThen(time));
		}
	}

	/** The clock of the sender may be ahead. */
	private static Duration sinceThen(Instant time) {
		Duration lag = Duration.between(time, Instant.now());
		return lag.isNegative() ? Duration.ZERO : lag;
	}

	static String kind(@Nullable ImageEvent event) {
		return switch (event) {
			case ImageEvent.Created _ -> "created";
			case ImageEvent.Removed _ -> "removed";
			case ImageEvent.PurgeAsked _ -> "purge";
			case null, default -> "other";
		};
	}

	private Counter count(String kind, EventOutcome outcome) {
		return Counter.builder("image.origin.events")
			.description("Events of buckets and purges of other regions, by how they ended")
			.tag("kind", kind)
			.tag("outcome", outcome.label())
			.register(this.registry);
	}

	private Timer lag(String kind) {
		return Timer.builder("image.origin.events.lag")
			.description("How long it took from an event until its work was done")
			.serviceLevelObjectives(BUCKETS)
			.tag("kind", kind)
			.register(this.registry);
	}

}
