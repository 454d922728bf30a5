package ai.doxle.imageorigin.admin;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.cache.LocalCache;
import ai.doxle.imageorigin.cache.RegionalAnswer;
import ai.doxle.imageorigin.cache.RegionalCache;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.offheap.CachedImage;

/**
 * Looks where an image is cached, without loading or claiming it.
 */
public final class CachedHeads {

	private final LocalCache memory;

	private final @Nullable RegionalCache region;

	/**
	 * @param memory the memory tier
	 * @param region the regional tier, or null if there is none
	 */
	CachedHeads(LocalCache memory, @Nullable RegionalCache region) {
		this.memory = memory;
		this.region = region;
	}

	/**
	 * Describes what each tier holds, as JSON members; a tier that cannot be asked is
	 * named in {@code unavailable}.
	 */
	public Mono<Map<String, @Nullable Object>> find(ImageKey key) {
		Mono<RegionalAnswer> answer = (this.region != null) ? this.region.look(key)
				: Mono.just(new RegionalAnswer.Off());
		return answer.map((regional) -> describe(key, regional));
	}

	private Map<String, @Nullable Object> describe(ImageKey key, RegionalAnswer regional) {
		Map<String, @Nullable Object> members = new LinkedHashMap<>();
		members.put("key", key.value());
		members.put("memory",
				Optional.ofNullable(this.memory.find(key)).map(CachedImage::head).map(CachedHead::of).orElse(null));
		members.put("redis", (regional instanceof RegionalAnswer.Held held) ? CachedHead.of(held.head()) : null);
		if (regional instanceof RegionalAnswer.Unavailable) {
			members.put("unavailable", "redis");
		}
		return members;
	}

}
