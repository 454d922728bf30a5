package ai.doxle.imageorigin.store;

import java.time.Duration;
import java.util.concurrent.Executor;

import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.pool.InstrumentedPool;
import reactor.pool.PoolAcquirePendingLimitException;
import reactor.pool.PoolAcquireTimeoutException;
import reactor.pool.PoolBuilder;

import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.runtime.ResourceScope;

/**
 * How much of a store may be read at once, by kind, so that none of them waits behind
 * another: reads, of which only a share may go out at their clients' pace, and heads.
 * Beyond that a bounded number of each kind waits its turn.
 */
final class ReadLimit {

	private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

	/** As good as not to wait: zero would be to wait without a limit. */
	private static final Duration AT_ONCE = Duration.ofMillis(1);

	private final InstrumentedPool<Object> reads;

	private final InstrumentedPool<Object> streams;

	private final InstrumentedPool<Object> heads;

	private final Duration patience;

	/**
	 * @param reads how many reads may be under way, streamed ones included
	 * @param streams how many of them may be at their clients' pace
	 * @param heads how many requests for heads may be under way
	 * @param queue how many of each kind may wait
	 * @param patience how long one may wait
	 * @param executor where a read goes on once it has its turn
	 */
	ReadLimit(int reads, int streams, int heads, int queue, Duration patience, Executor executor) {
		Scheduler scheduler = Schedulers.fromExecutor(executor);
		this.reads = turns(reads, queue, scheduler);
		this.streams = turns(streams, queue, scheduler);
		this.heads = turns(heads, queue, scheduler);
		this.patience = patience;
	}

	private static InstrumentedPool<Object> turns(int limit, int queue, Scheduler scheduler) {
		return PoolBuilder.from(Mono.fromSupplier(Object::new))
			.sizeBetween(0, limit)
			.maxPendingAcquire(queue)
			.acquisitionScheduler(scheduler)
			.buildPool();
	}

	/**
	 * Waits for the turn of a read, which has to be disposed of; fails with
	 * {@link ImageFailure.Busy}.
	 * @param kind on whose behalf it is: that of a response is at its client's pace
	 */
	Mono<Disposable> read(ResourceScope.Kind kind) {
		Mono<Disposable> read = turn(this.reads, this.patience);
		return switch (kind) {
			case LOAD, UNKEPT_LOAD -> read;
			case RESPONSE -> turn(this.streams, this.patience).flatMap((stream) -> and(stream, read));
		};
	}

	/** Never holds a read's turn while it waits for a stream's. */
	private static Mono<Disposable> and(Disposable stream, Mono<Disposable> read) {
		return read.<Disposable>map((turn) -> Disposables.composite(stream, turn))
			.doOnError((refusal) -> stream.dispose())
			.doOnCancel(stream::dispose);
	}

	/**
	 * The turn of a read that is under way and goes on at a client's pace, without
	 * waiting; has to be disposed of. Fails with {@link ImageFailure.Busy}.
	 */
	Mono<Disposable> stream() {
		return turn(this.streams, AT_ONCE);
	}

	/**
	 * Waits for the turn of a request for a head, which has to be disposed of; fails with
	 * {@link ImageFailure.Busy}.
	 */
	Mono<Disposable> head() {
		return turn(this.heads, this.patience);
	}

	/** To be disposed of as often as one likes. */
	private static Mono<Disposable> turn(InstrumentedPool<Object> turns, Duration patience) {
		return turns.acquire(patience)
			.<Disposable>map((turn) -> () -> turn.release().subscribe())
			.onErrorMap(ReadLimit::isPoolRefusal,
					(refusal) -> new ImageFailure.Busy("too many reads are under way", RETRY_AFTER, refusal));
	}

	/**
	 * Whether a failure is the refusal of a limit, which says nothing about the store
	 * behind it.
	 */
	static boolean isRefusal(Throwable failure) {
		return failure instanceof ImageFailure.Busy && isPoolRefusal(failure.getCause());
	}

	private static boolean isPoolRefusal(@Nullable Throwable failure) {
		return failure instanceof PoolAcquirePendingLimitException || failure instanceof PoolAcquireTimeoutException;
	}

	/** What is under way, by kind. */
	Usage underWay() {
		int streams = this.streams.metrics().acquiredSize();
		return new Usage(Math.max(0, this.reads.metrics().acquiredSize() - streams), streams,
				this.heads.metrics().acquiredSize());
	}

	/** What waits its turn, by kind. */
	Usage waiting() {
		return new Usage(this.reads.metrics().pendingAcquireSize(), this.streams.metrics().pendingAcquireSize(),
				this.heads.metrics().pendingAcquireSize());
	}

	/**
	 * Numbers by kind.
	 *
	 * @param loads reads into memory, at the store's pace
	 * @param streams reads at their clients' pace
	 * @param heads requests for heads
	 */
	public record Usage(int loads, int streams, int heads) {

		/** All of them. */
		public int total() {
			return this.loads + this.streams + this.heads;
		}

	}

}
