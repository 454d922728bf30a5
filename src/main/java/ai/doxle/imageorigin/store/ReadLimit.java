package ai.doxle.imageorigin.store;

import java.time.Duration;
import java.util.concurrent.Executor;

import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.runtime.ResourceScope;
import ai.doxle.imageorigin.runtime.Turns;

/**
 * How much of a store may be read at once, by kind, so that none of them waits behind
 * another: reads, of which only a share may go out at their clients' pace, and heads.
 * Beyond that a bounded number of each kind waits its turn.
 */
final class ReadLimit {

	private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

	/** As good as not to wait: zero would be to wait without a limit. */
	private static final Duration AT_ONCE = Duration.ofMillis(1);

	private final Turns reads;

	private final Turns streams;

	private final Turns heads;

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
		this.reads = new Turns(reads, queue, executor);
		this.streams = new Turns(streams, queue, executor);
		this.heads = new Turns(heads, queue, executor);
		this.patience = patience;
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

	private static Mono<Disposable> turn(Turns turns, Duration patience) {
		return turns.take(patience)
			.onErrorMap(Turns::isRefusal,
					(refusal) -> new ImageFailure.Busy("too many reads are under way", RETRY_AFTER, refusal));
	}

	/**
	 * Whether a failure is the refusal of a limit, which says nothing about the store
	 * behind it.
	 */
	static boolean isRefusal(Throwable failure) {
		return failure instanceof ImageFailure.Busy && Turns.isRefusal(failure.getCause());
	}

	/** What is under way, by kind. */
	Usage underWay() {
		int streams = this.streams.underWay();
		return new Usage(Math.max(0, this.reads.underWay() - streams), streams, this.heads.underWay());
	}

	/** What waits its turn, by kind. */
	Usage waiting() {
		return new Usage(this.reads.waiting(), this.streams.waiting(), this.heads.waiting());
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
