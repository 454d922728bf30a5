package ai.doxle.imageorigin.cache;

import ai.doxle.imageorigin.image.ImageSelection;

/**
 * Whoever holds images of this instance and has to forget them when another instance
 * purges. The region calls it within half a second of the purge, and again when the purge
 * has gone through the region, so that nothing read from there meanwhile stays.
 */
@FunctionalInterface
public interface PurgeListener {

	/**
	 * Forgets images, and keeps loads that have begun from being kept.
	 */
	void purged(ImageSelection selection);

}
