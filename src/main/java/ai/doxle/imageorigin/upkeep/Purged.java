package ai.doxle.imageorigin.upkeep;

import org.jspecify.annotations.Nullable;

/**
 * What a purge has done so far.
 *
 * @param memory how many images this instance forgot
 * @param redis how many images the region forgot, or null if there is no regional tier,
 * or it has not been told
 * @param invalidation what the CDN calls the invalidation, or null if there is no CDN, or
 * it has not been told
 */
record Purged(long memory, @Nullable Long redis, @Nullable String invalidation) {

	static Purged here(long images) {
		return new Purged(images, null, null);
	}

	Purged andHere(long images) {
		return new Purged(this.memory + images, this.redis, this.invalidation);
	}

	Purged inRegion(long images) {
		return new Purged(this.memory, images, this.invalidation);
	}

	Purged atCdn(String id) {
		return new Purged(this.memory, this.redis, id);
	}

}
