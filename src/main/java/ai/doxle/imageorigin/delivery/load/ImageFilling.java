package ai.doxle.imageorigin.delivery.load;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.offheap.ImageBytes;

/**
 * Fills the memory of an image from a body, at the body's pace.
 */
final class ImageFilling {

	private ImageFilling() {
	}

	/**
	 * Fills. If the body breaks, or has another length, readers of the bytes get the
	 * failure.
	 * @return whether the image is complete; never fails
	 */
	static Mono<Boolean> of(ImageBytes bytes, Flux<DataBuffer> body) {
		return body.doOnNext((piece) -> append(bytes, piece))
			.then(Mono.defer(() -> bytes.isComplete() ? Mono.just(true) : Mono.error(tooShort(bytes))))
			.onErrorResume((failure) -> {
				bytes.fail(failure);
				return Mono.just(false);
			});
	}

	private static void append(ImageBytes bytes, DataBuffer piece) {
		try {
			bytes.append(piece);
		}
		finally {
			DataBufferUtils.release(piece);
		}
	}

	private static ImageFailure tooShort(ImageBytes bytes) {
		return new ImageFailure.Unavailable("a body ended after " + bytes.filled() + " of " + bytes.length() + " bytes",
				null);
	}

}
