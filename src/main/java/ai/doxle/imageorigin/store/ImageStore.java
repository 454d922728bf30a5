package ai.doxle.imageorigin.store;

import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.image.ByteSpan;
import ai.doxle.imageorigin.image.ETag;
import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;

/**
 * A place that keeps images. Every answer is cold: nothing is asked before subscription.
 * An absent image is an empty {@code Mono}; all else that goes wrong is an
 * {@link ImageFailure}.
 */
public interface ImageStore {

	/**
	 * Finds the head of an image without opening its body.
	 */
	Mono<ImageHead> head(ImageKey key);

	/**
	 * Opens a whole image.
	 */
	Mono<StoredImage> open(ImageKey key);

	/**
	 * Opens some bytes of one version of an image.
	 * @param span the bytes, within the image's length and not empty
	 * @param version the version they must be of; if it is there no more, the answer is
	 * {@link ImageFailure.Changed}
	 */
	Mono<StoredImage> open(ImageKey key, ByteSpan span, ETag version);

}
