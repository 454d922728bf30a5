package ai.doxle.imageorigin.cache;

import java.util.concurrent.atomic.AtomicLong;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * The memory outside the heap that images are kept in, bounded as a whole: cached images,
 * images being loaded, and evicted ones that somebody still reads.
 * <p>
 * Every image has a buffer of exactly its length. They are not pooled: lengths differ too
 * much, and a pool would not tell how much it holds.
 */
public final class ImageMemory {

	private final ByteBufAllocator allocator = new UnpooledByteBufAllocator(true);

	private final AtomicLong used = new AtomicLong();

	private final long limit;

	/**
	 * @param limit the most bytes that may be in use
	 */
	public ImageMemory(long limit) {
		this.limit = limit;
	}

	/**
	 * Makes room for an image.
	 * @param length its bytes
	 * @return the room, which the caller owns; or null if the limit would be exceeded
	 */
	public @Nullable ImageBytes allocate(long length) {
		if (this.used.addAndGet(length) > this.limit || length > Integer.MAX_VALUE) {
			free(length);
			return null;
		}
		return new ImageBytes(this.allocator.directBuffer((int) length, (int) length), () -> free(length));
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
