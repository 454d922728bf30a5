package ai.doxle.imageorigin.runtime;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.pool.InstrumentedPool;
import reactor.pool.PoolAcquirePendingLimitException;
import reactor.pool.PoolAcquireTimeoutException;
import reactor.pool.PoolBuilder;

/**
 * Limits how many do something at once. Others wait for their turn, in order, up to a
 * number of them; beyond that, and when their patience ends, they are
 * {@linkplain #isRefusal(Throwable) refused}.
 */
public final class Turns implements AutoCloseable {

	/** Any number may wait. */
	public static final int UNBOUNDED = Integer.MAX_VALUE;

	private final InstrumentedPool<Object> pool;

	/**
	 * @param limit how many have a turn at once
	 * @param waiting how many more may wait
	 * @param executor runs what has got a turn, so that it does not continue on the
	 * thread that gave the turn back
	 */
	public Turns(int limit, int waiting, Executor executor) {
		this.pool = PoolBuilder.from(Mono.fromSupplier(Object::new))
			.sizeBetween(0, limit)
			.maxPendingAcquire(waiting)
			.acquisitionScheduler(Schedulers.fromExecutor(executor))
			.buildPool();
	}

	/**
	 * Waits for a turn.
	 * @param patience for how long; zero is without an end
	 * @return the turn; disposing of it gives it back, and doing so again does nothing.
	 * Fails with what {@link #isRefusal} recognizes
	 */
	public Mono<Disposable> take(Duration patience) {
		return this.pool.acquire(patience).map((turn) -> () -> turn.release().subscribe());
	}

	/**
	 * Waits for a turn, and does something in it.
	 * @param work is begun when the turn has come; the turn is given back before the
	 * result is handed on
	 */
	public <T> Mono<T> during(Supplier<Mono<T>> work) {
		return this.pool.withPoolable((turn) -> work.get()).next();
	}

	/** Whether this failure says that a turn was refused. */
	public static boolean isRefusal(@Nullable Throwable failure) {
		return failure instanceof PoolAcquirePendingLimitException || failure instanceof PoolAcquireTimeoutException;
	}

	/** How many have a turn. */
	public int underWay() {
		return this.pool.metrics().acquiredSize();
	}

	/** How many wait for one. */
	public int waiting() {
		return this.pool.metrics().pendingAcquireSize();
	}

	/** Fails all that wait, which is no refusal. */
	@Override
	public void close() {
		this.pool.dispose();
	}

}
