package ai.doxle.imageorigin.cache;

import org.jspecify.annotations.Nullable;

import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSelection;
import ai.doxle.imageorigin.offheap.CachedImage;
import ai.doxle.imageorigin.offheap.ImageBytes;

/**
 * The cache of one instance, in its own memory. Holds whole images only; never blocks,
 * never fails.
 */
public interface LocalCache {

	/** Whether there is such a tier at all. */
	boolean isOn();

	/** Whether an image of that many bytes would be kept. */
	boolean takes(long length);

	/**
	 * Finds an image. It may be evicted at any time: see {@link ImageBytes#read}.
	 */
	@Nullable CachedImage find(ImageKey key);

	/**
	 * Keeps a whole image, with a reference of its own.
	 */
	void keep(ImageKey key, CachedImage image);

	/** Forgets an image, if it is still this one. */
	void forget(ImageKey key, CachedImage image);

	/**
	 * Forgets images.
	 * @return how many
	 */
	long forget(ImageSelection selection);

}
