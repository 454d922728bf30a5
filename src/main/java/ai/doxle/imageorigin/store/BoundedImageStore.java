package ai.doxle.imageorigin.store;

import java.time.Duration;

import ai.doxle.imageorigin.image.ByteSpan;
import ai.doxle.imageorigin.image.ETag;
import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;
import reactor.core.publisher.Mono;
import reactor.pool.InstrumentedPool;
import reactor.pool.PoolAcquirePendingLimitException;
import reactor.pool.PoolAcquireTimeoutException;
import reactor.pool.PoolBuilder;
import reactor.pool.PooledRef;

/**
 * A store that is asked for so many things at once and no more. A bounded number of
 * further requests wait their turn; the rest is refused at once, as
 * {@link ImageFailure.Busy}. A body counts until it ends.
 */
public final class BoundedImageStore implements ImageStore {

	private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

	private final ImageStore store;

	private final Duration patience;

	private final InstrumentedPool<Object> turns;

	/**
	 * @param store the store to protect
	 * @param limit how many requests and bodies may be under way
	 * @param queue how many may wait
	 * @param patience how long one may wait
	 */
	public BoundedImageStore(ImageStore store, int limit, int queue, Duration patience) {
		this.store = store;
		this.patience = patience;
		this.turns = PoolBuilder.from(Mono.fromSupplier(Object::new))
			.sizeBetween(0, limit)
			.maxPendingAcquire(queue)
			.buildPool();
	}

	@Override
	public Mono<ImageHead> head(ImageKey key) {
		return turn().flatMap((turn) -> ending(turn, this.store.head(key)).doOnNext((head) -> end(turn)));
	}

	@Override
	public Mono<StoredImage> open(ImageKey key) {
		return turn().flatMap((turn) -> reading(turn, this.store.open(key)));
	}

	@Override
	public Mono<StoredImage> open(ImageKey key, ByteSpan span, ETag version) {
		return turn().flatMap((turn) -> reading(turn, this.store.open(key, span, version)));
	}

	/** How many requests and bodies are under way. */
	public int underWay() {
		return this.turns.metrics().acquiredSize();
	}

	/** How many wait their turn. */
	public int waiting() {
		return this.turns.metrics().pendingAcquireSize();
	}

	private Mono<PooledRef<Object>> turn() {
		return this.turns.acquire(this.patience)
			.onErrorMap(PoolAcquirePendingLimitException.class, BoundedImageStore::asBusy)
			.onErrorMap(PoolAcquireTimeoutException.class, BoundedImageStore::asBusy);
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

	private static ImageFailure asBusy(Throwable refusal) {
		return new ImageFailure.Busy("too many reads are under way", RETRY_AFTER, refusal);
	}

}
