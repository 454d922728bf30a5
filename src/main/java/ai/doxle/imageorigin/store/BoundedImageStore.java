package ai.doxle.imageorigin.store;

import ai.doxle.imageorigin.image.ByteSpan;
import ai.doxle.imageorigin.image.ETag;
import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;
import reactor.core.publisher.Mono;
import reactor.pool.PooledRef;

/**
 * A store that is asked for so many things at once and no more. A bounded number of
 * further requests wait their turn; the rest is refused at once, as
 * {@link ImageFailure.Busy}. A body counts until it ends.
 */
public final class BoundedImageStore implements ImageStore {

	private final ImageStore store;

	private final ReadLimit limit;

	/**
	 * @param store the store to protect
	 * @param limit how much may be under way
	 */
	public BoundedImageStore(ImageStore store, ReadLimit limit) {
		this.store = store;
		this.limit = limit;
	}

	@Override
	public Mono<ImageHead> head(ImageKey key) {
		return this.limit.turn().flatMap((turn) -> ending(turn, this.store.head(key)).doOnNext((head) -> end(turn)));
	}

	@Override
	public Mono<StoredImage> open(ImageKey key) {
		return this.limit.turn().flatMap((turn) -> reading(turn, this.store.open(key)));
	}

	@Override
	public Mono<StoredImage> open(ImageKey key, ByteSpan span, ETag version) {
		return this.limit.turn().flatMap((turn) -> reading(turn, this.store.open(key, span, version)));
	}

	private static Mono<StoredImage> reading(PooledRef<Object> turn, Mono<StoredImage> opened) {
		return ending(turn, opened).map((image) -> image.withBody(image.body().doFinally((signal) -> end(turn))));
	}

	/** Ends the turn if nothing was found; releasing a turn twice does no harm. */
	private static <T> Mono<T> ending(PooledRef<Object> turn, Mono<T> answer) {
		return answer.switchIfEmpty(Mono.fromRunnable(() -> end(turn)))
			.doOnError((failure) -> end(turn))
			.doOnCancel(() -> end(turn));
	}

	private static void end(PooledRef<Object> turn) {
		turn.release().subscribe();
	}

}
