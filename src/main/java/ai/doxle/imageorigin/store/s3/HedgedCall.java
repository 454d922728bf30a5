package ai.doxle.imageorigin.store.s3;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Predicate;

import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

import ai.doxle.imageorigin.runtime.Turns;

/**
 * Repeats a call that has no response for a while, and takes whichever response comes
 * first: a connection that has died in silence costs a moment instead of the request. The
 * first call goes on, so that a server that is merely slow loses nothing; and only a few
 * second calls are under way at once, so that it is not asked twice for everything. The
 * others wait for their turn, which comes soon where second calls are answered.
 */
final class HedgedCall {

	/** Which of the two calls it is. */
	enum Attempt {

		FIRST, SECOND

	}

	private final Duration after;

	private final Turns turns;

	private final Predicate<Throwable> decisive;

	private final Scheduler timer;

	/**
	 * @param after how long a call may be silent
	 * @param limit how many second calls may be under way at once
	 * @param decisive whether the failure of a second call is the first one's, too;
	 * otherwise only the first one decides
	 * @param timer whose clock it is
	 * @param executor where second calls are made
	 */
	HedgedCall(Duration after, int limit, Predicate<Throwable> decisive, Scheduler timer, Executor executor) {
		this.after = after;
		this.decisive = decisive;
		this.timer = timer;
		this.turns = new Turns(limit, Turns.UNBOUNDED, executor);
	}

	/**
	 * The first response to a call, or to its repetition.
	 * @param call assembles a call, to be made when it is subscribed to; the second one
	 * only when it is needed. The one that is not is cancelled
	 */
	<T> Mono<T> of(Function<Attempt, Mono<T>> call) {
		return Mono.firstWithSignal(call.apply(Attempt.FIRST), second(call));
	}

	/**
	 * Its turn is given back first, even if a failure that decides nothing becomes
	 * silence.
	 */
	private <T> Mono<T> second(Function<Attempt, Mono<T>> call) {
		return Mono.delay(this.after, this.timer)
			.flatMap((silence) -> this.turns.during(() -> call.apply(Attempt.SECOND)))
			.onErrorResume((failure) -> this.decisive.test(failure) ? Mono.error(failure) : Mono.never());
	}

}
