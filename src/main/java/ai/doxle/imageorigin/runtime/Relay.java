package ai.doxle.imageorigin.runtime;

import java.util.concurrent.atomic.AtomicLong;

import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * An operator between a source and its subscriber that hands everything on as it is,
 * except what its subclass does with the elements.
 *
 * @param <T> the type of elements
 */
public abstract class Relay<T> implements CoreSubscriber<T>, Subscription {

	private final CoreSubscriber<? super T> actual;

	private volatile Subscription upstream = Operators.emptySubscription();

	protected Relay(CoreSubscriber<? super T> actual) {
		this.actual = actual;
	}

	/** The subscriber. */
	protected CoreSubscriber<? super T> actual() {
		return this.actual;
	}

	/** The source. */
	protected Subscription upstream() {
		return this.upstream;
	}

	@Override
	public Context currentContext() {
		return this.actual.currentContext();
	}

	@Override
	public void onSubscribe(Subscription subscription) {
		this.upstream = subscription;
		this.actual.onSubscribe(this);
	}

	@Override
	public void request(long count) {
		this.upstream.request(count);
	}

	@Override
	public void onError(Throwable failure) {
		this.actual.onError(failure);
	}

	@Override
	public void onComplete() {
		this.actual.onComplete();
	}

	@Override
	public void cancel() {
		this.upstream.cancel();
	}

	/** Takes one element off what is asked for, unless that is without a bound. */
	protected static void produced(AtomicLong demand) {
		demand.updateAndGet((outstanding) -> (outstanding == Long.MAX_VALUE) ? outstanding : outstanding - 1);
	}

}
