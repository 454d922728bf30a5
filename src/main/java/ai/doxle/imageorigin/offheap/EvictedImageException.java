package ai.doxle.imageorigin.offheap;

import java.io.Serial;

/**
 * The memory of an image was taken from a reader of it, because the image is not cached
 * any more and the memory is needed. What was read before is right; the rest has to come
 * from elsewhere.
 */
public final class EvictedImageException extends RuntimeException {

	@Serial
	private static final long serialVersionUID = 1L;

	private final long position;

	EvictedImageException(long position) {
		super("the image was evicted", null, false, false);
		this.position = position;
	}

	/** The first byte of the image that was not read, from 0. */
	public long position() {
		return this.position;
	}

}
