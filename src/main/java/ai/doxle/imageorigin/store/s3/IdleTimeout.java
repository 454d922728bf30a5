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
import reactor.util.context.Context;

import ai.doxle.imageorigin.runtime.ResourceScope;

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

	/** So many looks in a row without a sign of life make the limit. */
	private static final int LOOKS = 4;

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

	private final class Watch implements CoreSubscriber<T>, Subscription {

		private final CoreSubscriber<? super T> actual;

		private final AtomicLong demand = new AtomicLong();

		private final AtomicBoolean ended = new AtomicBoolean();

		private final Disposable.Swap looking = Disposables.swap();

		/** Whether there has been no sign of life since the last look. */
		private volatile boolean silent;

		/** Looks in a row that found silence. */
		private int vain;

		private volatile Subscription upstream = Operators.emptySubscription();

		Watch(CoreSubscriber<? super T> actual) {
			this.actual = actual;
		}

		@Override
		public Context currentContext() {
			return this.actual.currentContext();
		}

		@Override
		public void onSubscribe(Subscription subscription) {
			this.upstream = subscription;
			long pace = Math.max(1, IdleTimeout.this.limit.toMillis() / LOOKS);
			this.looking
				.update(IdleTimeout.this.scheduler.schedulePeriodically(this::look, pace, pace, TimeUnit.MILLISECONDS));
			this.actual.onSubscribe(this);
		}

		@Override
		public void request(long count) {
			if (this.demand.get() == 0) {
				signOfLife();
			}
			this.demand.updateAndGet((outstanding) -> Operators.addCap(outstanding, count));
			this.upstream.request(count);
		}

		@Override
		public void onNext(T element) {
			signOfLife();
			this.demand.updateAndGet((outstanding) -> (outstanding == Long.MAX_VALUE) ? outstanding : outstanding - 1);
			this.actual.onNext(element);
		}

		@Override
		public void onError(Throwable error) {
			if (end()) {
				this.actual.onError(error);
			}
		}

		@Override
		public void onComplete() {
			if (end()) {
				this.actual.onComplete();
			}
		}

		@Override
		public void cancel() {
			end();
			this.upstream.cancel();
		}

		private void signOfLife() {
			this.silent = false;
		}

		private void look() {
			this.vain = (this.silent && this.demand.get() > 0) ? this.vain + 1 : 0;
			this.silent = true;
			if (this.vain == LOOKS && end()) {
				this.upstream.cancel();
				this.actual.onError(IdleTimeout.this.failure.get());
			}
		}

		/** Whether this is the first end; a cancelled source may still report one. */
		private boolean end() {
			this.looking.dispose();
			return this.ended.compareAndSet(false, true);
		}

	}

}
