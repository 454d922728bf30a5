package ai.doxle.imageorigin.store;

import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.image.ImageHead;
import org.springframework.core.io.buffer.DataBuffer;
import reactor.core.publisher.Flux;

/**
 * An opened image: its head, and a body that holds a connection to the store.
 * <p>
 * Whoever holds it owns the body, and must subscribe to it once, soon, or
 * {@link #abandon} it. The body follows demand, gives exactly the bytes that were asked
 * for, or ends in an {@link ImageFailure}: a body that completes is whole.
 *
 * @param head the image's head; its length is the whole image's even if only a span was
 * opened
 * @param body the bytes, as heap buffers that need no release
 */
public record StoredImage(ImageHead head, Flux<DataBuffer> body) {

	/**
	 * Gives the connection back without reading the body.
	 */
	public void abandon() {
		this.body.subscribe().dispose();
	}

	StoredImage withBody(Flux<DataBuffer> other) {
		return new StoredImage(this.head, other);
	}

}
