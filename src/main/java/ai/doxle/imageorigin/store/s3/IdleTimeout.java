package ai.doxle.imageorigin.store.s3;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;
import reactor.core.publisher.Operators;
import reactor.core.scheduler.Scheduler;

import ai.doxle.imageorigin.runtime.Relay;
import ai.doxle.imageorigin.runtime.ResourceScope;
import ai.doxle.imageorigin.runtime.StallCounter;

/**
 * Fails a flux whose source sends nothing for a while although its reader asked for more.
 * <p>
 * Unlike {@link Flux#timeout(Duration)} it does not blame the source for a slow reader:
 * only silence while demand is outstanding counts. It looks four times per timeout
 * instead of arming a timer per element, so it fires up to a quarter late.
 *
 * @param <T> the type of elements
 */
final class IdleTimeout<T> extends FluxOperator<T, T> {

	private final Duration limit;

	private final Scheduler scheduler;

	private final Supplier<? extends Throwable> failure;

	/**
	 * @param source the flux to watch
	 * @param limit the longest silence
	 * @param scheduler whose turn it is to look
	 * @param failure what the flux fails with
	 */
	IdleTimeout(Flux<T> source, Duration limit, Scheduler scheduler, Supplier<? extends Throwable> failure) {
		super(source);
		this.limit = limit;
		this.scheduler = scheduler;
		this.failure = failure;
	}

	@Override
	public void subscribe(CoreSubscriber<? super T> actual) {
		Watch watch = new Watch(Operators.serialize(actual));
		this.source.subscribe(watch);
		ResourceScope.in(actual.currentContext()).own(watch::cancel);
	}

	private final class Watch extends Relay<T> {

		private final AtomicLong demand = new AtomicLong();

		private final AtomicBoolean ended = new AtomicBoolean();

		private final Disposable.Swap looking = Disposables.swap();

		/** Whether there has been no sign of life since the last look. */
		private volatile boolean silent;

		private final StallCounter stall = new StallCounter();

		Watch(CoreSubscriber<? super T> actual) {
			super(actual);
		}

		@Override
		public void onSubscribe(Subscription subscription) {
			long pace = StallCounter.interval(IdleTimeout.this.limit);
			this.looking
				.update(IdleTimeout.this.scheduler.schedulePeriodically(this::look, pace, pace, TimeUnit.MILLISECONDS));
			super.onSubscribe(subscription);
		}

		@Override
		public void request(long count) {
			if (this.demand.get() == 0) {
				signOfLife();
			}
			this.demand.updateAndGet((outstanding) -> Operators.addCap(outstanding, count));
			upstream().request(count);
		}

		@Override
		public void onNext(T element) {
			signOfLife();
			produced(this.demand);
			actual().onNext(element);
		}

		@Override
		public void onError(Throwable error) {
			if (end()) {
				actual().onError(error);
			}
		}

		@Override
		public void onComplete() {
			if (end()) {
				actual().onComplete();
			}
		}

		/** A source that has ended is left alone: it gives its connection back. */
		@Override
		public void cancel() {
			if (end()) {
				upstream().cancel();
			}
		}

		private void signOfLife() {
			this.silent = false;
		}

		private void look() {
			boolean progressed = !this.silent || this.demand.get() == 0;
			this.silent = true;
			if (this.stall.isStalled(progressed) && end()) {
				upstream().cancel();
				actual().onError(IdleTimeout.this.failure.get());
			}
		}

		/** Whether this is the first end; a cancelled source may still report one. */
		private boolean end() {
			this.looking.dispose();
			return this.ended.compareAndSet(false, true);
		}

	}

}
