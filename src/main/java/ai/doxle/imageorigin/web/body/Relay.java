package ai.doxle.imageorigin.web.body;

import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * Stands between a body and its reader, and hands everything on as it is but the pieces.
 *
 * @param <T> the type of pieces
 */
abstract class Relay<T> implements CoreSubscriber<T>, Subscription {

	private final CoreSubscriber<? super T> actual;

	private volatile Subscription upstream = Operators.emptySubscription();

	Relay(CoreSubscriber<? super T> actual) {
		this.actual = actual;
	}

	/** The reader. */
	CoreSubscriber<? super T> actual() {
		return this.actual;
	}

	/** The body. */
	Subscription upstream() {
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

}
