package ai.doxle.imageorigin.store;

import org.springframework.core.io.buffer.DataBuffer;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.image.ImageHead;

/**
 * An opened image: its head, and a body that holds a connection to the store.
 * <p>
 * The {@linkplain ai.doxle.imageorigin.runtime.ResourceScope scope} that it was opened in
 * owns what the body holds. The body is for one reader; it follows demand, gives exactly
 * the bytes that were asked for, or ends in an {@link ImageFailure}: a body that
 * completes is whole.
 *
 * @param head the image's head; its length is the whole image's even if only a span was
 * opened
 * @param body the bytes, as heap buffers that need no release
 * @param pacing has what was opened for a load count as a read at a client's pace from
 * now on; fails with {@link ImageFailure.Busy} if there are too many of those
 * @param gathered whether the body is for memory only: it is read over a connection that
 * would take much memory if it waited for a client
 */
public record StoredImage(ImageHead head, Flux<DataBuffer> body, Mono<Void> pacing, boolean gathered) {

	/** An image that may be read at any pace. */
	public StoredImage(ImageHead head, Flux<DataBuffer> body) {
		this(head, body, Mono.empty(), false);
	}

	/**
	 * Gives the connection back without reading the body.
	 */
	public void abandon() {
		this.body.subscribe().dispose();
	}

	/** The same image with a body that has been changed on its way. */
	public StoredImage withBody(Flux<DataBuffer> other) {
		return new StoredImage(this.head, other, this.pacing, this.gathered);
	}

	/** The same image with its head corrected. */
	public StoredImage withHead(ImageHead other) {
		return new StoredImage(other, this.body, this.pacing, this.gathered);
	}

	/** The same image, whose body is for memory only. */
	public StoredImage forMemory() {
		return new StoredImage(this.head, this.body, this.pacing, true);
	}

	StoredImage withPacing(Mono<Void> other) {
		return new StoredImage(this.head, this.body, other, this.gathered);
	}

}
