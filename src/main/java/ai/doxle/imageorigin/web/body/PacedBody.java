package ai.doxle.imageorigin.web.body;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;

import io.netty.channel.Channel;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;
import reactor.core.publisher.Operators;

import ai.doxle.imageorigin.runtime.ResourceScope;

/**
 * A body that is asked for one piece at a time, and only while its connection takes more.
 * <p>
 * Reactor Netty asks for 128 pieces ahead of the socket. With a slow reader all of them
 * wait in memory; with this operator between them what waits is one piece and what the
 * connection's write buffer holds.
 * <p>
 * It ends with the {@link ResourceScope} of its response, whether or not the writer
 * cancels it: a writer that cannot write the head never does.
 *
 * @param <T> the type of pieces
 */
public final class PacedBody<T> extends FluxOperator<T, T> {

	private final Channel channel;

	/**
	 * @param source the body
	 * @param channel the connection that it is written to
	 */
	public PacedBody(Flux<? extends T> source, Channel channel) {
		super(Flux.from(source));
		this.channel = channel;
	}

	@Override
	public void subscribe(CoreSubscriber<? super T> actual) {
		Pace pace = new Pace(actual);
		this.source.subscribe(pace);
		ResourceScope.in(actual.currentContext()).own(pace);
	}

	private final class Pace extends Relay<T> implements Disposable {

		/** How many pieces the writer has asked for and not got. */
		private final AtomicLong demand = new AtomicLong();

		/** Whether a piece is under way; set by the event loop only. */
		private volatile boolean waiting;

		private volatile boolean disposed;

		Pace(CoreSubscriber<? super T> actual) {
			super(actual);
		}

		@Override
		public void request(long count) {
			this.demand.updateAndGet((outstanding) -> Operators.addCap(outstanding, count));
			proceed();
		}

		@Override
		public void cancel() {
			dispose();
		}

		@Override
		public void dispose() {
			this.disposed = true;
			upstream().cancel();
		}

		@Override
		public boolean isDisposed() {
			return this.disposed;
		}

		@Override
		public void onNext(T piece) {
			if (this.disposed) {
				Operators.onDiscard(piece, currentContext());
				return;
			}
			this.demand.updateAndGet((outstanding) -> (outstanding == Long.MAX_VALUE) ? outstanding : outstanding - 1);
			this.waiting = false;
			actual().onNext(piece);
			proceed();
		}

		/**
		 * Asks in the event loop's turn, after it has written what it was given before.
		 */
		private void proceed() {
			try {
				PacedBody.this.channel.eventLoop().execute(this::ask);
			}
			catch (RejectedExecutionException | IllegalStateException ex) {
				// the server has ended, or the connection, which has no loop any more
				dispose();
			}
		}

		private void ask() {
			if (this.waiting || this.disposed || this.demand.get() == 0) {
				return;
			}
			if (PacedBody.this.channel.isWritable()) {
				this.waiting = true;
				upstream().request(1);
			}
			else {
				WritabilityWatch.of(PacedBody.this.channel).onceWritable(this::ask);
			}
		}

	}

}
