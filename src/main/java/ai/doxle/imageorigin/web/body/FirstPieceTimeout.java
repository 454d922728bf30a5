package ai.doxle.imageorigin.web.body;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;
import reactor.core.publisher.Operators;
import reactor.core.scheduler.Schedulers;

/**
 * A body that fails with a {@link TimeoutException} if its first piece does not come in
 * time; later ones may take as long as they like.
 * <p>
 * Unlike {@code Flux.timeout}, it costs later pieces nothing, and discards a piece that
 * comes too late instead of dropping it, so that it is released.
 *
 * @param <T> the type of pieces
 */
public final class FirstPieceTimeout<T> extends FluxOperator<T, T> {

	private final Duration timeout;

	/**
	 * @param source the body
	 * @param timeout how long its first piece may take
	 */
	public FirstPieceTimeout(Flux<? extends T> source, Duration timeout) {
		super(Flux.from(source));
		this.timeout = timeout;
	}

	@Override
	public void subscribe(CoreSubscriber<? super T> actual) {
		this.source.subscribe(new Watch(actual));
	}

	private final class Watch extends Relay<T> {

		/** Whether the first signal, or the timeout in its place, was sent on. */
		private final AtomicBoolean begun = new AtomicBoolean();

		private final Disposable.Swap timer = Disposables.swap();

		/** Whether it is the body that began; what comes is in one thread at a time. */
		private boolean came;

		Watch(CoreSubscriber<? super T> actual) {
			super(actual);
		}

		@Override
		public void onSubscribe(Subscription subscription) {
			super.onSubscribe(subscription);
			this.timer.update(Schedulers.parallel()
				.schedule(this::expire, FirstPieceTimeout.this.timeout.toNanos(), TimeUnit.NANOSECONDS));
		}

		@Override
		public void cancel() {
			this.timer.dispose();
			super.cancel();
		}

		@Override
		public void onNext(T piece) {
			if (isInTime()) {
				actual().onNext(piece);
			}
			else {
				Operators.onDiscard(piece, currentContext());
			}
		}

		@Override
		public void onError(Throwable failure) {
			if (isInTime()) {
				actual().onError(failure);
			}
		}

		@Override
		public void onComplete() {
			if (isInTime()) {
				actual().onComplete();
			}
		}

		private boolean isInTime() {
			if (!this.came && this.begun.compareAndSet(false, true)) {
				this.came = true;
				this.timer.dispose();
			}
			return this.came;
		}

		private void expire() {
			if (this.begun.compareAndSet(false, true)) {
				upstream().cancel();
				actual().onError(new TimeoutException("No piece of the body came in time"));
			}
		}

	}

}
