package ai.doxle.imageorigin.cache;

import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSelection;

/**
 * The cache that all instances of a region share, and their agreement on who loads what.
 * <p>
 * Nothing here fails a reader: an unavailable cache answers
 * {@link RegionalAnswer.Unavailable}, quickly. Only {@link #forget} fails, because a
 * purge that did not happen must not look as if it had. Every answer is cold.
 */
public interface RegionalCache {

	/**
	 * Asks for an image. Where the region has neither the image nor a load of it under
	 * way, the caller is granted the lease to load it. Never empty, never fails.
	 */
	Mono<RegionalAnswer> claim(ImageKey key);

	/**
	 * Looks for a committed image without claiming anything: {@link RegionalAnswer.Held},
	 * {@link RegionalAnswer.KnownAbsent}, {@link RegionalAnswer.Missing} or
	 * {@link RegionalAnswer.Unavailable}. Never empty, never fails.
	 */
	Mono<RegionalAnswer> look(ImageKey key);

	/** Whether an image of that many bytes would be kept. */
	boolean takes(long length);

	/**
	 * Forgets images, here and in every other instance of the region, and keeps loads
	 * that have begun from committing them. Waits up to two seconds for the instances
	 * that are alive to acknowledge it.
	 * @return what was forgotten, and who did not acknowledge; fails if the region cannot
	 * be told
	 */
	Mono<RegionalPurge> forget(ImageSelection selection);

	/**
	 * Whether this instance hears of purges by others at the moment. If it does not, what
	 * it has in memory may have been purged. Costs nothing to ask.
	 */
	boolean isReceivingPurges();

}
