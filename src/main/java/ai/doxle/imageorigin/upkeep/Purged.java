package ai.doxle.imageorigin.upkeep;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import ai.doxle.imageorigin.cache.RegionalPurge;

/**
 * What a purge has done so far.
 *
 * @param memory how many images this instance forgot
 * @param redis how many images the region forgot, or null if there is no regional tier,
 * or it has not been told
 * @param unacknowledged the names of instances that did not say in time that they have
 * forgotten, too
 * @param invalidation what the CDN calls the invalidation, or null if there is no CDN, or
 * it has not been told
 */
record Purged(long memory, @Nullable Long redis, List<String> unacknowledged, @Nullable String invalidation) {

	static Purged here(long images) {
		return new Purged(images, null, List.of(), null);
	}

	Purged andHere(long images) {
		return new Purged(this.memory + images, this.redis, this.unacknowledged, this.invalidation);
	}

	Purged inRegion(RegionalPurge region) {
		return new Purged(this.memory, region.images(), region.unacknowledged(), this.invalidation);
	}

	Purged atCdn(String id) {
		return new Purged(this.memory, this.redis, this.unacknowledged, id);
	}

	/** As operators see it; null where there is no such tier, or it has not been told. */
	Map<String, @Nullable Object> members() {
		Map<String, @Nullable Object> members = new LinkedHashMap<>();
		members.put("memory", this.memory);
		members.put("redis", this.redis);
		members.put("cdn", (this.invalidation != null) ? Map.of("invalidation", this.invalidation) : null);
		return members;
	}

}
