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
 * Limits how many images are written to Redis concurrently, and counts bytes written and
 * outcomes of loads for the region. A write has one chunk in memory, as bytes and in the
 * socket's buffer: 32 MiB in all.
 */
final class WriteLimit implements MeterBinder {

	private static final int LIMIT = 64;

	/** How a load for the region ends. */
	enum Outcome {

		/** The image, or its absence, is in Redis. */
		COMMITTED,
		/** Another instance has the lease, or the image was purged. */
		LOST,
		/** The load failed, or there was nothing to cache. */
		GIVEN_UP,
		/** The image is too large. */
		TOO_LARGE,
		/** Too many images were being written. */
		BUSY,
		/** Redis became unavailable. */
		FAILED

	}

	private final Semaphore permits = new Semaphore(LIMIT);

	private final LongAdder written = new LongAdder();

	private final Map<Outcome, LongAdder> ends = new ConcurrentHashMap<>();

	/** Writes an image, unless too many are being written. */
	Mono<Outcome> write(Mono<Outcome> writing) {
		return Mono.defer(() -> this.permits.tryAcquire() ? writing.doFinally((signal) -> this.permits.release())
				: Mono.just(Outcome.BUSY));
	}

	/** Counts bytes of images that were written. */
	void count(long bytes) {
		this.written.add(bytes);
	}

	/** How many bytes of images were written. */
	long written() {
		return this.written.sum();
	}

	void count(Outcome outcome) {
		ends(outcome).increment();
	}

	/** How many loads had this outcome. */
	long ended(Outcome outcome) {
		return ends(outcome).sum();
	}

	private LongAdder ends(Outcome outcome) {
		return this.ends.computeIfAbsent(outcome, (first) -> new LongAdder());
	}

	@Override
	public void bindTo(MeterRegistry registry) {
		Gauge.builder("image.origin.redis.writing", this.permits, (free) -> LIMIT - free.availablePermits())
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
