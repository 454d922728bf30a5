package ai.doxle.imageorigin.cache.memory;

import java.util.List;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import org.jspecify.annotations.Nullable;

import ai.doxle.imageorigin.cache.LocalCache;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSelection;
import ai.doxle.imageorigin.offheap.CachedImage;

/**
 * Images in memory, bounded by their bytes; those that are asked for often stay
 * (W-TinyLFU).
 */
public final class MemoryImageCache implements LocalCache {

	/** Roughly what an entry takes on the heap, its key and head included. */
	private static final int OVERHEAD = 1024;

	private final long maxSize;

	private final long maxObjectSize;

	private final Cache<ImageKey, CachedImage> images;

	public MemoryImageCache(MemoryCacheProperties properties) {
		this.maxSize = properties.maxSize().toBytes();
		this.maxObjectSize = Math.min(this.maxSize, properties.maxObjectSize().toBytes());
		this.images = Caffeine.newBuilder()
			.maximumWeight(this.maxSize)
			.weigher((ImageKey key, CachedImage image) -> weight(image))
			.removalListener(MemoryImageCache::free)
			// evictions free memory, so they must not wait for a thread
			.executor(Runnable::run)
			.recordStats()
			.build();
	}

	private static int weight(CachedImage image) {
		return (int) Math.min(Integer.MAX_VALUE, image.bytes().footprint() + OVERHEAD);
	}

	private static void free(@Nullable ImageKey key, @Nullable CachedImage image, RemovalCause cause) {
		if (image != null) {
			image.bytes().evict();
		}
	}

	@Override
	public boolean isOn() {
		return this.maxSize > 0;
	}

	@Override
	public boolean takes(long length) {
		return isOn() && length <= this.maxObjectSize;
	}

	@Override
	public @Nullable CachedImage find(ImageKey key) {
		return this.images.getIfPresent(key);
	}

	@Override
	public void keep(ImageKey key, CachedImage image) {
		image.bytes().cache();
		this.images.put(key, image);
	}

	@Override
	public void forget(ImageKey key, CachedImage image) {
		this.images.asMap().remove(key, image);
	}

	@Override
	public long forget(ImageSelection selection) {
		if (selection instanceof ImageSelection.OneImage one) {
			return (this.images.asMap().remove(one.key()) != null) ? 1 : 0;
		}
		List<ImageKey> covered = this.images.asMap().keySet().stream().filter(selection::covers).toList();
		return covered.stream().filter((key) -> this.images.asMap().remove(key) != null).count();
	}

	/** The cache itself, for its meters. */
	Cache<ImageKey, CachedImage> cache() {
		return this.images;
	}

	/** Frees all memory. */
	void close() {
		this.images.invalidateAll();
	}

}
