package ai.doxle.imageorigin.offheap;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.NettyDataBufferFactory;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;

import ai.doxle.imageorigin.image.ByteSpan;

/**
 * One reader's way through the bytes of an image, at its own pace.
 */
final class ImageBytesReader implements Subscription {

	/**
	 * The most bytes of a piece, which a slow connection keeps; while bytes arrive in
	 * small pieces, readers are woken for this many at a time.
	 */
	private static final int PIECE = 32 * 1024;

	private static final NettyDataBufferFactory BUFFERS = new NettyDataBufferFactory(ByteBufAllocator.DEFAULT);

	private final ImageBytes image;

	private final CoreSubscriber<? super DataBuffer> subscriber;

	private final int end;

	private final AtomicLong requested = new AtomicLong();

	/** Held from the beginning: nothing is delivered before onSubscribe. */
	private final AtomicInteger draining = new AtomicInteger(1);

	private int position;

	private boolean begun;

	/** Whether the reference was given back. */
	private boolean left;

	private boolean ended;

	private volatile boolean cancelled;

	private volatile boolean reclaimed;

	/**
	 * @param image holds a reference for this reader
	 */
	ImageBytesReader(ImageBytes image, CoreSubscriber<? super DataBuffer> subscriber, ByteSpan span) {
		this.image = image;
		this.subscriber = subscriber;
		this.position = (int) span.first();
		this.end = (int) span.last() + 1;
	}

	@Override
	public void request(long count) {
		if (Operators.validate(count)) {
			this.requested.accumulateAndGet(count, Operators::addCap);
			drain();
		}
	}

	@Override
	public void cancel() {
		this.cancelled = true;
		drain();
	}

	/**
	 * Gives up the image, since its memory is needed. The subscriber hears of it when it
	 * wants more: an idle one needs nothing meanwhile.
	 */
	void reclaim() {
		this.reclaimed = true;
		drain();
	}

	/** Delivers what is here and wanted, unless somebody is at it already. */
	void drain() {
		if (this.draining.getAndIncrement() == 0) {
			start();
		}
	}

	/** Delivers for the first time, after onSubscribe. */
	void start() {
		int missed = 1;
		do {
			deliver();
			missed = this.draining.addAndGet(-missed);
		}
		while (missed != 0);
	}

	/** Whatever a subscriber throws, its reference is given back. */
	private void deliver() {
		try {
			deliverAll();
		}
		catch (RuntimeException | OutOfMemoryError ex) {
			finish();
			fail(ex);
		}
	}

	private void fail(Throwable cause) {
		try {
			this.subscriber.onError(cause);
		}
		catch (RuntimeException ex) {
			Operators.onErrorDropped(ex, this.subscriber.currentContext());
		}
	}

	private void deliverAll() {
		while (!this.ended) {
			@Nullable Throwable broken = this.image.failure();
			int ready = Math.min(this.end, this.image.filled()) - this.position;
			if (this.cancelled) {
				finish();
			}
			else if (this.position >= this.end) {
				finish();
				this.subscriber.onComplete();
			}
			else if (this.reclaimed) {
				leave();
				if (this.requested.get() == 0) {
					return;
				}
				finish();
				this.subscriber.onError(new EvictedImageException(this.position));
			}
			else if (ready <= 0 && broken != null) {
				finish();
				this.subscriber.onError(broken);
			}
			else if (this.requested.get() == 0 || !isWorthwhile(ready, broken != null)) {
				return;
			}
			else {
				deliver(Math.min(ready, PIECE));
			}
		}
	}

	private void deliver(int count) {
		ByteBuf piece = BUFFERS.getByteBufAllocator().directBuffer(count, count);
		this.image.copy(this.position, piece);
		this.position += count;
		this.begun = true;
		this.requested.updateAndGet((wanted) -> (wanted == Long.MAX_VALUE) ? wanted : wanted - 1);
		this.subscriber.onNext(BUFFERS.wrap(piece));
	}

	private boolean isWorthwhile(int ready, boolean last) {
		return ready >= PIECE || (ready > 0 && (!this.begun || last || this.position + ready == this.end));
	}

	private void finish() {
		this.ended = true;
		leave();
	}

	private void leave() {
		if (!this.left) {
			this.left = true;
			this.image.leave(this);
		}
	}

}
