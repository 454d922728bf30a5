package ai.doxle.imageorigin.cache;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The memory outside the heap that images are kept in, bounded as a whole: cached images,
 * images being loaded, and evicted ones that somebody still reads, or whose bytes a
 * connection has not taken yet.
 * <p>
 * Every image has a buffer of exactly its length. They are not pooled: lengths differ too
 * much, and a pool would not tell how much it holds. Images of 32 KiB and more lie in
 * {@linkplain MemoryFile files in memory}, as far as the system has them.
 */
public final class ImageMemory {

	private static final Logger logger = LoggerFactory.getLogger(ImageMemory.class);

	/** How often the log may say that the JVM has nothing, in nanoseconds. */
	private static final long WARNING_INTERVAL = Duration.ofMinutes(1).toNanos();

	private final ImageBuffers buffers;

	private final AtomicLong used = new AtomicLong();

	private final AtomicLong nextWarning = new AtomicLong(System.nanoTime());

	private final long limit;

	/**
	 * @param limit the most bytes that may be in use
	 */
	public ImageMemory(long limit) {
		this.limit = limit;
		this.buffers = new ImageBuffers(this::free);
	}

	ImageMemory(long limit, ImageBuffers buffers) {
		this.limit = limit;
		this.buffers = buffers;
	}

	/**
	 * Makes room for an image.
	 * @param length its bytes
	 * @return the room, which the caller owns; or null if the limit would be exceeded, or
	 * the JVM has no such room
	 */
	public @Nullable ImageBytes allocate(long length) {
		if (this.used.addAndGet(length) > this.limit || length > Integer.MAX_VALUE) {
			free(length);
			return null;
		}
		ImageBytes room = room((int) length);
		if (room == null) {
			free(length);
		}
		return room;
	}

	/** A load that fails with an error would never end. */
	private @Nullable ImageBytes room(int length) {
		try {
			return this.buffers.room(length);
		}
		catch (OutOfMemoryError exhausted) {
			warn(exhausted);
			return null;
		}
	}

	private void warn(OutOfMemoryError exhausted) {
		long now = System.nanoTime();
		long due = this.nextWarning.get();
		if (now - due >= 0 && this.nextWarning.compareAndSet(due, now + WARNING_INTERVAL)) {
			logger.warn("Images pass through, for want of memory outside the heap (raise -XX:MaxDirectMemorySize): {}",
					exhausted.getMessage());
		}
	}

	private void free(long length) {
		this.used.addAndGet(-length);
	}

	/** Bytes in use. */
	public long used() {
		return this.used.get();
	}

	/** The most bytes that may be in use. */
	public long limit() {
		return this.limit;
	}

}
