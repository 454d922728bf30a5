package ai.doxle.imageorigin.store;

import java.time.Duration;

import ai.doxle.imageorigin.image.ImageFailure;
import reactor.core.publisher.Mono;
import reactor.pool.InstrumentedPool;
import reactor.pool.PoolAcquirePendingLimitException;
import reactor.pool.PoolAcquireTimeoutException;
import reactor.pool.PoolBuilder;
import reactor.pool.PooledRef;

/**
 * How many requests to the store and bodies of it may be under way, and how many may
 * wait.
 */
public final class ReadLimit {

	private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

	private final InstrumentedPool<Object> turns;

	private final Duration patience;

	/**
	 * @param limit how many may be under way
	 * @param queue how many may wait
	 * @param patience how long one may wait
	 */
	public ReadLimit(int limit, int queue, Duration patience) {
		this.patience = patience;
		this.turns = PoolBuilder.from(Mono.fromSupplier(Object::new))
			.sizeBetween(0, limit)
			.maxPendingAcquire(queue)
			.buildPool();
	}

	/**
	 * Waits for a turn, which has to be released; fails with {@link ImageFailure.Busy}.
	 */
	Mono<PooledRef<Object>> turn() {
		return this.turns.acquire(this.patience)
			.onErrorMap(PoolAcquirePendingLimitException.class, ReadLimit::asBusy)
			.onErrorMap(PoolAcquireTimeoutException.class, ReadLimit::asBusy);
	}

	/**
	 * Whether a failure is the refusal of a limit, which says nothing about the store
	 * behind it.
	 */
	public static boolean isRefusal(Throwable failure) {
		return failure instanceof ImageFailure.Busy && (failure.getCause() instanceof PoolAcquirePendingLimitException
				|| failure.getCause() instanceof PoolAcquireTimeoutException);
	}

	/** How many are under way. */
	public int underWay() {
		return this.turns.metrics().acquiredSize();
	}

	/** How many wait their turn. */
	public int waiting() {
		return this.turns.metrics().pendingAcquireSize();
	}

	private static ImageFailure asBusy(Throwable refusal) {
		return new ImageFailure.Busy("too many reads are under way", RETRY_AFTER, refusal);
	}

}
