package ai.doxle.imageorigin.store.s3;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.util.context.ContextView;

/**
 * Repeats a call that has no response for a while, and takes whichever response comes
 * first: a connection that has died in silence costs a moment instead of the request. The
 * first call goes on, so that a server that is merely slow loses nothing; and only a few
 * second calls are under way at once, so that it is not asked twice for everything.
 */
final class HedgedCall {

	private final Duration after;

	private final int limit;

	private final Scheduler scheduler;

	private final AtomicInteger underWay = new AtomicInteger();

	/**
	 * @param after how long a call may be silent
	 * @param limit how many second calls may be under way at once
	 * @param scheduler whose clock it is
	 */
	HedgedCall(Duration after, int limit, Scheduler scheduler) {
		this.after = after;
		this.limit = limit;
		this.scheduler = scheduler;
	}

	/**
	 * The first response to a call, or to its repetition.
	 * @param call is subscribed to once or twice; what is not needed is cancelled
	 */
	<T> Mono<T> of(Mono<T> call) {
		return Mono.firstWithSignal(call, second(call));
	}

	/** Never responds where there is no room for it. */
	private <T> Mono<T> second(Mono<T> call) {
		return Mono.delay(this.after, this.scheduler).flatMap((tick) -> {
			if (this.underWay.incrementAndGet() > this.limit) {
				this.underWay.decrementAndGet();
				return Mono.never();
			}
			return call.contextWrite((context) -> context.put(HedgedCall.class, true))
				.doFinally((end) -> this.underWay.decrementAndGet());
		});
	}

	/** Whether it is a second call that has this context. */
	static boolean isSecond(ContextView context) {
		return context.hasKey(HedgedCall.class);
	}

	/** How many second calls are under way. */
	int underWay() {
		return this.underWay.get();
	}

}
