package ai.doxle.imageorigin.offheap;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.scheduler.Schedulers;

/**
 * How many bytes loads under way may take. A load that finds no room waits for it, in
 * order: those before it end soon, since they run at the pace of their source. Small
 * images have a share of their own, so that they never wait for large ones.
 */
final class LoadBudget {

	/** What counts as small, in bytes. */
	static final int SMALL = 256 * 1024;

	/** Which part of the budget is for small images only. */
	private static final int SMALL_SHARE = 8;

	private final long limit;

	private final Set<Waiter> waiters = new LinkedHashSet<>();

	private long used;

	/**
	 * @param limit the most bytes
	 */
	LoadBudget(long limit) {
		this.limit = limit;
	}

	/**
	 * Waits for room, which has to be {@linkplain #release released}.
	 * @param length how many bytes
	 * @param patience how long to wait
	 * @return whether there is room; false if there is none in time, or never can be
	 */
	Mono<Boolean> acquire(long length, Duration patience) {
		return Mono.defer(() -> {
			Waiter waiter = new Waiter(length);
			return Mono.<Boolean>create((sink) -> acquire(waiter, sink, patience))
				.filter((granted) -> !granted || waiter.take());
		});
	}

	private void acquire(Waiter waiter, MonoSink<Boolean> sink, Duration patience) {
		waiter.sink = sink;
		sink.onCancel(() -> cancel(waiter));
		if (waiter.length() > this.limit) {
			sink.success(false);
		}
		else if (mustWait(waiter)) {
			Disposable timeout = Schedulers.parallel()
				.schedule(() -> giveUp(waiter), patience.toMillis(), TimeUnit.MILLISECONDS);
			sink.onDispose(timeout);
			if (waiter.isCancelled()) {
				leave(waiter);
			}
		}
		else {
			grant(waiter);
		}
	}

	/** Room that its load no longer wants is the next one's. */
	private void grant(Waiter waiter) {
		if (waiter.grant()) {
			waiter.sink().success(true);
		}
		else {
			release(waiter.length());
		}
	}

	private void cancel(Waiter waiter) {
		leave(waiter);
		if (waiter.cancel()) {
			release(waiter.length());
		}
	}

	/** Large images do not overtake each other. */
	private synchronized boolean mustWait(Waiter waiter) {
		boolean isInTurn = isSmall(waiter.length()) || this.waiters.stream().allMatch((one) -> isSmall(one.length()));
		boolean mustWait = !isInTurn || !take(waiter.length());
		if (mustWait) {
			this.waiters.add(waiter);
		}
		return mustWait;
	}

	/** Whether there is room at once, which has to be {@linkplain #release released}. */
	synchronized boolean tryAcquire(long length) {
		return take(length);
	}

	/** Whether there is room now. */
	synchronized boolean hasRoom(long length) {
		return fits(length);
	}

	private boolean take(long length) {
		boolean fits = fits(length);
		if (fits) {
			this.used += length;
		}
		return fits;
	}

	/** One image may take all that there is. */
	private boolean fits(long length) {
		return this.used + length <= (isSmall(length) ? this.limit : this.limit - this.limit / SMALL_SHARE)
				|| (this.used == 0 && length <= this.limit);
	}

	private static boolean isSmall(long length) {
		return length <= SMALL;
	}

	/** Gives room back, to those who wait for it. */
	void release(long length) {
		free(length).forEach(this::grant);
	}

	private synchronized List<Waiter> free(long length) {
		this.used -= length;
		List<Waiter> admitted = new ArrayList<>();
		boolean isLargeInTurn = true;
		for (Waiter waiter : this.waiters) {
			boolean isSmall = isSmall(waiter.length());
			if ((isSmall || isLargeInTurn) && take(waiter.length())) {
				admitted.add(waiter);
			}
			else {
				isLargeInTurn &= isSmall;
			}
		}
		this.waiters.removeAll(admitted);
		return admitted;
	}

	private void giveUp(Waiter waiter) {
		if (leave(waiter)) {
			waiter.sink().success(false);
		}
	}

	private synchronized boolean leave(Waiter waiter) {
		return this.waiters.remove(waiter);
	}

	/** A load that asks for room; equal to itself only. */
	private static final class Waiter {

		private final long length;

		private final AtomicReference<State> state = new AtomicReference<>(State.WAITING);

		private volatile @Nullable MonoSink<Boolean> sink;

		Waiter(long length) {
			this.length = length;
		}

		/** Whether the load still waits, and is given its room. */
		boolean grant() {
			return this.state.compareAndSet(State.WAITING, State.GRANTED);
		}

		/** Whether the load takes the room that it was given. */
		boolean take() {
			return this.state.compareAndSet(State.GRANTED, State.TAKEN);
		}

		/** Whether room was given that the load has not taken, and never will. */
		boolean cancel() {
			return this.state.getAndUpdate((now) -> (now == State.TAKEN) ? now : State.CANCELLED) == State.GRANTED;
		}

		boolean isCancelled() {
			return this.state.get() == State.CANCELLED;
		}

		long length() {
			return this.length;
		}

		MonoSink<Boolean> sink() {
			return Objects.requireNonNull(this.sink);
		}

	}

	private enum State {

		WAITING, GRANTED, TAKEN, CANCELLED

	}

}
