package ai.doxle.imageorigin.telemetry;

import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.image.ByteSpan;
import ai.doxle.imageorigin.image.ETag;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.store.ImageStore;
import ai.doxle.imageorigin.store.StoredImage;

/**
 * Counts what is asked of the store, how long it takes to answer with a head, and the
 * bytes that come.
 */
final class MeteredImageStore implements ImageStore {

	private final ImageStore store;

	private final StoreMeters meters;

	MeteredImageStore(ImageStore store, StoreMeters meters) {
		this.store = store;
		this.meters = meters;
	}

	@Override
	public Mono<ImageHead> head(ImageKey key) {
		return this.meters.timed(StoreMeters.HEAD, this.store.head(key));
	}

	@Override
	public Mono<StoredImage> open(ImageKey key) {
		return this.meters.timed(StoreMeters.OPEN, this.store.open(key)).map(this::counted);
	}

	@Override
	public Mono<StoredImage> open(ImageKey key, ByteSpan span, ETag version) {
		return this.meters.timed(StoreMeters.OPEN_SPAN, this.store.open(key, span, version)).map(this::counted);
	}

	private StoredImage counted(StoredImage image) {
		return image.withBody(image.body().doOnNext((piece) -> this.meters.count(piece.readableByteCount())));
	}

}
