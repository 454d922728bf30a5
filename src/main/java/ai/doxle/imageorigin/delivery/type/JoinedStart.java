package ai.doxle.imageorigin.delivery.type;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;
import reactor.core.publisher.Operators;

import ai.doxle.imageorigin.image.ImageSignature;
import ai.doxle.imageorigin.runtime.Relay;

/**
 * A body whose first pieces are joined into one until they tell its type; the others pass
 * as they are.
 * <p>
 * Reactor's {@code bufferUntil} would ask for a piece too many now and then, and fail
 * with it, since it counts what is asked for in two steps; {@code handle} restores the
 * context's thread-locals for each piece.
 */
final class JoinedStart extends FluxOperator<DataBuffer, DataBuffer> {

	private final Predicate<byte[]> needsMore;

	/**
	 * @param body the body
	 * @param needsMore whether so many first bytes do not tell the type yet
	 */
	JoinedStart(Flux<DataBuffer> body, Predicate<byte[]> needsMore) {
		super(body);
		this.needsMore = needsMore;
	}

	@Override
	public void subscribe(CoreSubscriber<? super DataBuffer> actual) {
		this.source.subscribe(new Start(actual));
	}

	/** The first bytes of some pieces, which stay as they are. */
	static byte[] bytes(List<DataBuffer> pieces, int limit) {
		int length = pieces.stream().mapToInt(DataBuffer::readableByteCount).sum();
		ByteBuffer bytes = ByteBuffer.allocate(Math.min(length, limit));
		for (DataBuffer piece : pieces) {
			int count = Math.min(piece.readableByteCount(), bytes.remaining());
			piece.toByteBuffer(piece.readPosition(), bytes, bytes.position(), count);
			bytes.position(bytes.position() + count);
		}
		return bytes.array();
	}

	private final class Start extends Relay<DataBuffer> {

		private final List<DataBuffer> pieces = new ArrayList<>();

		private int length;

		private int needed = ImageSignature.LENGTH;

		private boolean isOver;

		private boolean failed;

		Start(CoreSubscriber<? super DataBuffer> actual) {
			super(actual);
		}

		@Override
		public void onNext(DataBuffer piece) {
			if (this.failed) {
				Operators.onDiscard(piece, currentContext());
				return;
			}
			if (this.isOver) {
				actual().onNext(piece);
				return;
			}
			this.pieces.add(piece);
			this.length += piece.readableByteCount();
			boolean told;
			try {
				told = tells();
			}
			catch (RuntimeException ex) {
				this.failed = true;
				actual().onError(Operators.onOperatorError(upstream(), ex, piece, currentContext()));
				return;
			}
			if (told) {
				actual().onNext(join());
			}
			else {
				// in place of this one, which was asked for and is not handed on
				upstream().request(1);
			}
		}

		/** Doubles what is needed, so that few bytes are looked at more than once. */
		private boolean tells() {
			while (this.length >= this.needed) {
				if (!JoinedStart.this.needsMore.test(bytes(this.pieces, this.needed))) {
					return true;
				}
				this.needed *= 2;
			}
			return false;
		}

		@Override
		public void onError(Throwable failure) {
			Operators.onDiscardMultiple(this.pieces, currentContext());
			if (this.failed) {
				Operators.onErrorDropped(failure, currentContext());
			}
			else {
				actual().onError(failure);
			}
		}

		/** A body that ends before its type can be told is a start as a whole. */
		@Override
		public void onComplete() {
			if (this.failed) {
				return;
			}
			if (!this.pieces.isEmpty()) {
				actual().onNext(join());
			}
			actual().onComplete();
		}

		private DataBuffer join() {
			this.isOver = true;
			DataBuffer start = (this.pieces.size() == 1) ? this.pieces.getFirst()
					: DefaultDataBufferFactory.sharedInstance.join(this.pieces);
			this.pieces.clear();
			return start;
		}

	}

}
