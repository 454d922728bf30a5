package ai.doxle.imageorigin.cache.memory;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Policy;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.BaseUnits;
import io.micrometer.core.instrument.binder.MeterBinder;

import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.offheap.CachedImage;

/**
 * The size of the memory tier, and what it had to let go.
 */
final class MemoryCacheMeters implements MeterBinder {

	private final Cache<ImageKey, CachedImage> images;

	MemoryCacheMeters(Cache<ImageKey, CachedImage> images) {
		this.images = images;
	}

	@Override
	public void bindTo(MeterRegistry registry) {
		Gauge.builder("image.origin.cache.images", this.images, Cache::estimatedSize)
			.description("Images in the memory tier")
			.register(registry);
		Gauge.builder("image.origin.cache.size", this.images, MemoryCacheMeters::weight)
			.description("What the images in the memory tier weigh against its limit")
			.baseUnit(BaseUnits.BYTES)
			.register(registry);
		FunctionCounter.builder("image.origin.cache.evictions", this.images, (cache) -> cache.stats().evictionCount())
			.description("Images that the memory tier let go for lack of room")
			.register(registry);
		FunctionCounter.builder("image.origin.cache.evicted", this.images, (cache) -> cache.stats().evictionWeight())
			.description("Bytes that the memory tier let go for lack of room")
			.baseUnit(BaseUnits.BYTES)
			.register(registry);
	}

	private static double weight(Cache<ImageKey, CachedImage> images) {
		return images.policy().eviction().map(Policy.Eviction::weightedSize).map((size) -> size.orElse(0)).orElse(0L);
	}

}
