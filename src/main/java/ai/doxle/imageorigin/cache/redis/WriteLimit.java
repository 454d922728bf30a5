package ai.doxle.imageorigin.cache.redis;

import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.LongAdder;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.BaseUnits;
import io.micrometer.core.instrument.binder.MeterBinder;
import reactor.core.publisher.Mono;

/**
 * Bounds how many images are written to Redis at a time, and counts their bytes and how
 * loads for the region end. A write has one chunk in memory, so that all of them take 32
 * MiB at most, once as bytes and once on their way to the socket.
 */
final class WriteLimit implements MeterBinder {

	private static final int LIMIT = 64;

	/** How a load for the region ends. */
	enum Outcome {

		/** The image, or its absence, is in Redis. */
		COMMITTED,
		/** Somebody else has the lease, or the image was purged. */
		LOST,
		/** The load itself failed, or there was nothing to keep. */
		GIVEN_UP,
		/** The image is too large. */
		TOO_LARGE,
		/** Too many images were being written. */
		BUSY,
		/** Redis became unavailable. */
		FAILED

	}

	private final Semaphore room = new Semaphore(LIMIT);

	private final LongAdder written = new LongAdder();

	private final Map<Outcome, LongAdder> ends = new ConcurrentHashMap<>();

	/** Writes, unless too many do. */
	Mono<Outcome> write(Mono<Outcome> writing) {
		return Mono.defer(() -> this.room.tryAcquire() ? writing.doFinally((signal) -> this.room.release())
				: Mono.just(Outcome.BUSY));
	}

	/** Counts bytes of an image that Redis has taken. */
	void count(long bytes) {
		this.written.add(bytes);
	}

	/** How many bytes of images Redis has taken. */
	long written() {
		return this.written.sum();
	}

	void count(Outcome outcome) {
		ends(outcome).increment();
	}

	/** How many loads ended so. */
	long ended(Outcome outcome) {
		return ends(outcome).sum();
	}

	private LongAdder ends(Outcome outcome) {
		return this.ends.computeIfAbsent(outcome, (first) -> new LongAdder());
	}

	@Override
	public void bindTo(MeterRegistry registry) {
		Gauge.builder("image.origin.redis.writing", this.room, (free) -> LIMIT - free.availablePermits())
			.description("Images being written to Redis")
			.register(registry);
		FunctionCounter.builder("image.origin.regional.bytes", this.written, LongAdder::sum)
			.description("Bytes of images that came from the region, or were written to it")
			.baseUnit(BaseUnits.BYTES)
			.tag("direction", "written")
			.register(registry);
		for (Outcome outcome : Outcome.values()) {
			FunctionCounter.builder("image.origin.redis.loads", ends(outcome), LongAdder::sum)
				.description("Loads for the region by how they ended")
				.tag("outcome", outcome.name().toLowerCase(Locale.ROOT))
				.register(registry);
		}
	}

}
