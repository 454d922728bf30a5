package ai.doxle.imageorigin.offheap;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.runtime.RateLimitedLog;

/**
 * The memory outside the heap that images take, by what they are used for, so that none
 * of the uses takes what another needs: images being loaded have a bound, cached ones are
 * bounded by their cache, and those that were evicted while they are still read have
 * another. Beyond the latter, the ones that were evicted first are taken from their
 * readers.
 * <p>
 * Every image has a buffer of its own. Images of 32 KiB and more lie in
 * {@linkplain MemoryFile files in memory}, as far as the system has them;
 * {@linkplain SpareFiles some} are kept for the next loads, within the bound of these.
 */
public final class ImageMemory implements AutoCloseable {

	/** What counts as a small image, in bytes: there is nearly always room for one. */
	public static final int SMALL = LoadBudget.SMALL;

	/** That part of the memory for loads may be kept for the next ones. */
	private static final int SPARE_SHARE = 8;

	/** How long a load waits for room. */
	private static final Duration PATIENCE = Duration.ofSeconds(5);

	/** What an image's memory is used for. */
	public enum Use {

		/** The image is being loaded. */
		LOADING,
		/** The image is cached. */
		CACHED,
		/**
		 * The image is neither, but a reader still reads it, or a connection sends it.
		 */
		EVICTED

	}

	private final ImageBufferAllocator buffers;

	private final LoadBudget loading;

	private final Map<Use, Long> limits;

	/** By use, in bytes. */
	private final Map<Use, Long> used = new EnumMap<>(Use.class);

	/** What can still be taken from its readers, in the order of eviction. */
	private final Set<ImageBytes> evicted = new LinkedHashSet<>();

	/** What was taken from its readers and is not freed yet. */
	private final Set<ImageBytes> reclaiming = new HashSet<>();

	private final AtomicLong reclaimed = new AtomicLong();

	private volatile boolean closed;

	private final RateLimitedLog log = new RateLimitedLog(LoggerFactory.getLogger(ImageMemory.class),
			Clock.systemUTC());

	/**
	 * @param cached the most bytes of cached images, which their cache keeps to
	 * @param loading the most bytes of images being loaded
	 * @param evicted the most bytes of evicted images that are still read
	 */
	public ImageMemory(long cached, long loading, long evicted) {
		this(cached, loading, evicted, new ImageBufferAllocator());
	}

	ImageMemory(long cached, long loading, long evicted, ImageBufferAllocator buffers) {
		this.limits = Map.of(Use.CACHED, cached, Use.LOADING, loading, Use.EVICTED, evicted);
		this.loading = new LoadBudget(loading);
		this.buffers = buffers;
		for (Use use : Use.values()) {
			this.used.put(use, 0L);
		}
	}

	/**
	 * Waits for room for an image that is to be loaded, in order, while others are.
	 * @param length its bytes
	 * @return the room, which the load owns; empty if there is none within 5 s, or the
	 * JVM has none
	 */
	public Mono<ImageBytes> awaitRoom(long length) {
		return (length > MemoryFile.MAX_LENGTH) ? Mono.empty()
				: this.loading.acquire(length, PATIENCE).mapNotNull((granted) -> granted ? room((int) length) : null);
	}

	/**
	 * Room for an image that is to be loaded, if there is some at once.
	 * @param length its bytes
	 * @return the room, which the load owns; or null
	 */
	public @Nullable ImageBytes allocate(long length) {
		return (length <= MemoryFile.MAX_LENGTH && this.loading.tryAcquire(length)) ? room((int) length) : null;
	}

	/** Whether an image could be loaded now. */
	public boolean hasRoom(long length) {
		return this.loading.hasRoom(length);
	}

	/** A load that fails with an error would never end. */
	private @Nullable ImageBytes room(int length) {
		try {
			ImageBytes room = this.buffers.room(length, this);
			add(Use.LOADING, length);
			return room;
		}
		catch (OutOfMemoryError exhausted) {
			this.loading.release(length);
			this.log.warn("exhausted", "Images pass through, for lack of memory outside the heap "
					+ "(raise -XX:MaxDirectMemorySize): " + exhausted.getMessage());
			return null;
		}
	}

	/**
	 * Uses an image's memory for something else, unless it has been freed.
	 * @param from what it may have been used for; anything if null
	 */
	void use(ImageBytes image, @Nullable Use from, Use to) {
		Use before = move(image, from, to);
		if (before == Use.LOADING) {
			this.loading.release(image.length());
		}
		if (before != null && to == Use.EVICTED) {
			reclaim();
		}
	}

	/** What it was used for before; null if nothing was changed. */
	private synchronized @Nullable Use move(ImageBytes image, @Nullable Use from, Use to) {
		Use before = image.use();
		if (before == null || before == to || (from != null && before != from)) {
			return null;
		}
		image.use(to);
		add(before, -image.length());
		add(to, image.length());
		if (to == Use.EVICTED) {
			this.evicted.add(image);
		}
		return before;
	}

	/** Is told by each image when its memory is freed. */
	void free(ImageBytes image) {
		if (remove(image) == Use.LOADING) {
			this.loading.release(image.length());
		}
	}

	private synchronized @Nullable Use remove(ImageBytes image) {
		Use before = image.use();
		if (before != null) {
			image.use(null);
			add(before, -image.length());
			this.evicted.remove(image);
			this.reclaiming.remove(image);
		}
		return before;
	}

	private synchronized void add(Use use, long bytes) {
		this.used.merge(use, bytes, Long::sum);
	}

	private void reclaim() {
		excess().forEach((image) -> {
			this.reclaimed.incrementAndGet();
			image.reclaim();
		});
	}

	/** What was evicted first, each image once. */
	private synchronized List<ImageBytes> excess() {
		List<ImageBytes> images = new ArrayList<>();
		long excess = used(Use.EVICTED) - limit(Use.EVICTED)
				- this.reclaiming.stream().mapToLong(ImageBytes::length).sum();
		Iterator<ImageBytes> oldest = this.evicted.iterator();
		while (excess > 0 && oldest.hasNext()) {
			ImageBytes image = oldest.next();
			oldest.remove();
			this.reclaiming.add(image);
			images.add(image);
			excess -= image.length();
		}
		return images;
	}

	/** Bytes in use. */
	public synchronized long used() {
		return this.used.values().stream().mapToLong(Long::longValue).sum();
	}

	/** Bytes in use for something. */
	public synchronized long used(Use use) {
		return this.used.getOrDefault(use, 0L);
	}

	/** The most bytes that may be in use for something. */
	public long limit(Use use) {
		return this.limits.getOrDefault(use, 0L);
	}

	/**
	 * How many bytes of files may be kept for loads, beside what they take.
	 * @param more what another load is about to take
	 */
	long spareLimit(int more) {
		long limit = limit(Use.LOADING);
		return this.closed ? 0 : Math.clamp(limit - used(Use.LOADING) - more, 0, limit / SPARE_SHARE);
	}

	/** Bytes of files that are kept for the next loads. */
	public long spareBytes() {
		return this.buffers.spares().bytes();
	}

	/** How many files are kept for the next loads. */
	public int spareFiles() {
		return this.buffers.spares().count();
	}

	/**
	 * Keeps nothing for the next loads any more. Images are freed by those who have them.
	 */
	@Override
	public void close() {
		this.closed = true;
		this.buffers.shrinkSpares(0);
	}

	/** How many images were taken from their readers. */
	public long reclaimed() {
		return this.reclaimed.get();
	}

}
