package ai.doxle.imageorigin.admin;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

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
 * @param regions for each other region, by name, whether it was told; null if there are
 * none, or they have not been told yet
 */
public record PurgeResult(long memory, @Nullable Long redis, List<String> unacknowledged, @Nullable String invalidation,
		@Nullable Map<String, Boolean> regions) {

	static PurgeResult here(long images) {
		return new PurgeResult(images, null, List.of(), null, null);
	}

	PurgeResult andHere(long images) {
		return new PurgeResult(this.memory + images, this.redis, this.unacknowledged, this.invalidation, this.regions);
	}

	PurgeResult inRegion(RegionalPurge region) {
		return new PurgeResult(this.memory, region.images(), region.unacknowledged(), this.invalidation, this.regions);
	}

	PurgeResult atCdn(String id) {
		return new PurgeResult(this.memory, this.redis, this.unacknowledged, id, this.regions);
	}

	PurgeResult inOtherRegions(Map<String, Boolean> told) {
		return new PurgeResult(this.memory, this.redis, this.unacknowledged, this.invalidation, Map.copyOf(told));
	}

	/** The names of the regions that could not be told; sorted. */
	List<String> untold() {
		return (this.regions != null) ? this.regions.entrySet()
			.stream()
			.filter((region) -> !region.getValue())
			.map(Map.Entry::getKey)
			.sorted()
			.toList() : List.of();
	}

	/** As operators see it; null where there is no such tier, or it has not been told. */
	public Map<String, @Nullable Object> members() {
		Map<String, @Nullable Object> members = new LinkedHashMap<>();
		members.put("memory", this.memory);
		members.put("redis", this.redis);
		members.put("regions", (this.regions != null) ? describe(this.regions) : null);
		members.put("cdn", (this.invalidation != null) ? Map.of("invalidation", this.invalidation) : null);
		return members;
	}

	private static Map<String, String> describe(Map<String, Boolean> regions) {
		Map<String, String> words = new TreeMap<>();
		regions.forEach((region, told) -> words.put(region, told ? "told" : "untold"));
		return words;
	}

}
