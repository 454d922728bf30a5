package ai.doxle.imageorigin.delivery.load;

import java.time.Duration;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSelection;

/**
 * Remembers images that no tier takes, so that nobody waits for a load of one. Bounded.
 */
final class LargeImages {

	private static final int MAX_IMAGES = 10_000;

	/** An object may be replaced by a smaller one without anybody saying so. */
	private static final Duration REMEMBERED = Duration.ofMinutes(10);

	private final Cache<ImageKey, Boolean> images = Caffeine.newBuilder()
		.maximumSize(MAX_IMAGES)
		.expireAfterWrite(REMEMBERED)
		// its maintenance is cheaper than waking a thread for it
		.executor(Runnable::run)
		.build();

	boolean contains(ImageKey key) {
		return this.images.getIfPresent(key) != null;
	}

	void remember(ImageKey key, boolean isLarge) {
		if (isLarge) {
			this.images.put(key, true);
		}
		else if (contains(key)) {
			this.images.invalidate(key);
		}
	}

	void forget(ImageSelection selection) {
		this.images.asMap().keySet().removeIf(selection::covers);
	}

}
