package ai.doxle.imageorigin.store.s3;

import java.util.function.Supplier;

import org.springframework.core.io.buffer.DataBuffer;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;
import reactor.core.publisher.Operators;

import ai.doxle.imageorigin.runtime.Relay;

/**
 * Fails a body that has more or fewer bytes than its head said: S3 servers have been seen
 * to end a short body politely.
 * <p>
 * Reactor's {@code handle} would do, but restores the context's thread-locals for each
 * piece.
 */
final class ExactLength extends FluxOperator<DataBuffer, DataBuffer> {

	private final long length;

	private final Supplier<? extends Throwable> failure;

	/**
	 * @param body the body
	 * @param length how many bytes it has to have
	 * @param failure what it fails with otherwise
	 */
	ExactLength(Flux<DataBuffer> body, long length, Supplier<? extends Throwable> failure) {
		super(body);
		this.length = length;
		this.failure = failure;
	}

	@Override
	public void subscribe(CoreSubscriber<? super DataBuffer> actual) {
		this.source.subscribe(new Count(actual));
	}

	private final class Count extends Relay<DataBuffer> {

		private long missing = ExactLength.this.length;

		Count(CoreSubscriber<? super DataBuffer> actual) {
			super(actual);
		}

		@Override
		public void onNext(DataBuffer piece) {
			boolean failed = this.missing < 0;
			this.missing -= piece.readableByteCount();
			if (this.missing >= 0) {
				actual().onNext(piece);
				return;
			}
			Operators.onDiscard(piece, currentContext());
			if (!failed) {
				upstream().cancel();
				actual().onError(ExactLength.this.failure.get());
			}
		}

		@Override
		public void onError(Throwable cause) {
			if (this.missing >= 0) {
				actual().onError(cause);
			}
			else {
				Operators.onErrorDropped(cause, currentContext());
			}
		}

		@Override
		public void onComplete() {
			if (this.missing == 0) {
				actual().onComplete();
			}
			else if (this.missing > 0) {
				actual().onError(ExactLength.this.failure.get());
			}
		}

	}

}
