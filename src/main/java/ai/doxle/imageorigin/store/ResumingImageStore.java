package ai.doxle.imageorigin.store;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.io.buffer.DataBuffer;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.image.ByteSpan;
import ai.doxle.imageorigin.image.ETag;
import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;

/**
 * A store whose bodies survive a broken connection: the rest of the same version is
 * opened and the reader notices a pause at most. After {@value #MAX_RESUMPTIONS} times,
 * or if the version is gone, the body fails with what broke it.
 */
public final class ResumingImageStore implements ImageStore {

	static final int MAX_RESUMPTIONS = 3;

	private static final Duration PAUSE = Duration.ofMillis(50);

	private static final Logger logger = LoggerFactory.getLogger(ResumingImageStore.class);

	private final ImageStore store;

	/**
	 * @param store gives the bodies, and their rest when they break
	 */
	ResumingImageStore(ImageStore store) {
		this.store = store;
	}

	@Override
	public Mono<ImageHead> head(ImageKey key) {
		return this.store.head(key);
	}

	@Override
	public Mono<StoredImage> open(ImageKey key) {
		return this.store.open(key).map((image) -> resuming(key, image, ByteSpan.whole(image.head().length())));
	}

	@Override
	public Mono<StoredImage> open(ImageKey key, ByteSpan span, ETag version) {
		return this.store.open(key, span, version).map((image) -> resuming(key, image, span));
	}

	private StoredImage resuming(ImageKey key, StoredImage image, ByteSpan span) {
		return image.withBody(new Reading(key, image.head().etag(), 0).read(image.body(), span));
	}

	/** One reader's way through one version of an image, over one connection or more. */
	private final class Reading {

		private final ImageKey key;

		private final ETag version;

		private final int resumptions;

		Reading(ImageKey key, ETag version, int resumptions) {
			this.key = key;
			this.version = version;
			this.resumptions = resumptions;
		}

		Flux<DataBuffer> read(Flux<DataBuffer> body, ByteSpan span) {
			AtomicLong received = new AtomicLong();
			return body.doOnNext((piece) -> received.addAndGet(piece.readableByteCount()))
				.onErrorResume(ImageFailure.class, (failure) -> resume(failure, span.skip(received.get())));
		}

		private Flux<DataBuffer> resume(ImageFailure failure, ByteSpan rest) {
			if (rest.isEmpty()) {
				return Flux.empty();
			}
			if (this.resumptions == MAX_RESUMPTIONS || isFinal(failure)) {
				return Flux.error(failure);
			}
			logger.info("Resuming {} at byte {}: {}", this.key, rest.first(), failure.getMessage());
			Duration pause = PAUSE.multipliedBy(1L << this.resumptions);
			return new Reading(this.key, this.version, this.resumptions + 1).read(reopen(rest).delaySubscription(pause),
					rest);
		}

		private static boolean isFinal(ImageFailure failure) {
			return failure instanceof ImageFailure.Changed || failure instanceof ImageFailure.Abandoned;
		}

		private Flux<DataBuffer> reopen(ByteSpan rest) {
			return ResumingImageStore.this.store.open(this.key, rest, this.version)
				.switchIfEmpty(Mono.error(() -> new ImageFailure.Changed(this.key + " was deleted while it was read")))
				.flatMapMany(StoredImage::body);
		}

	}

}
