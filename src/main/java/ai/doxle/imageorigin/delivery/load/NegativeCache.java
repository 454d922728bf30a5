package ai.doxle.imageorigin.delivery.load;

import java.time.Duration;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;

import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSelection;

/**
 * Remembers for seconds that there is no such image, so that a page with a broken link
 * does not ask the store each time. Bounded.
 */
final class NegativeCache {

	private static final int MAX_ABSENCES = 10_000;

	private final Cache<ImageKey, Duration> absences = Caffeine.newBuilder()
		.maximumSize(MAX_ABSENCES)
		.expireAfter(Expiry.<ImageKey, Duration>writing((key, rest) -> rest))
		// its maintenance is cheaper than waking a thread for it
		.executor(Runnable::run)
		.build();

	boolean contains(ImageKey key) {
		return this.absences.getIfPresent(key) != null;
	}

	/**
	 * Remembers an absence.
	 * @param rest for how long; nothing is remembered if it is not positive
	 */
	void remember(ImageKey key, Duration rest) {
		if (rest.isPositive()) {
			this.absences.put(key, rest);
		}
	}

	void forget(ImageKey key) {
		this.absences.invalidate(key);
	}

	void forget(ImageSelection selection) {
		this.absences.asMap().keySet().removeIf(selection::covers);
	}

}
