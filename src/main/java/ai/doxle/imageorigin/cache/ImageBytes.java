package ai.doxle.imageorigin.cache;

import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import ai.doxle.imageorigin.image.ByteSpan;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.DefaultFileRegion;
import io.netty.channel.FileRegion;
import io.netty.util.AbstractReferenceCounted;
import io.netty.util.IllegalReferenceCountException;
import io.netty.util.ReferenceCounted;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.NettyDataBufferFactory;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;

/**
 * The bytes of one image outside the heap: filled once, from front to back, by one
 * writer, and read meanwhile and afterwards by any number of readers, each at its own
 * pace. Readers get slices, never copies.
 * <p>
 * The memory is freed when the last reference is released; every reader holds one while
 * it reads, so that nobody ever sees freed memory, evicted or not.
 */
public final class ImageBytes extends AbstractReferenceCounted {

	/**
	 * While bytes arrive in small pieces, readers are woken for this many at a time.
	 */
	private static final int MIN_PIECE = 64 * 1024;

	private static final NettyDataBufferFactory BUFFERS = new NettyDataBufferFactory(ByteBufAllocator.DEFAULT);

	/** What the kernel takes for a file: its inode, the open file, the mapping. */
	private static final int FILE = 3 * 1024;

	private static final int PAGE = 4 * 1024;

	/** How much of a file is sent at once, before other connections have their turn. */
	private static final int MAX_REGION = 128 * 1024;

	private final ByteBuf buffer;

	private final @Nullable MemoryFile file;

	private final Set<Reader> readers = ConcurrentHashMap.newKeySet();

	private volatile int filled;

	private volatile @Nullable Throwable failure;

	/**
	 * @param buffer room for all bytes
	 * @param file the file that the buffer lies in, if it does
	 */
	ImageBytes(ByteBuf buffer, @Nullable MemoryFile file) {
		this.buffer = buffer;
		this.file = file;
	}

	/** How many bytes the image has. */
	public int length() {
		return this.buffer.maxCapacity();
	}

	/** Bytes outside the heap: of a file whole pages, and 3 KiB of the kernel's. */
	public int footprint() {
		return (this.file != null) ? Math.ceilDiv(length(), PAGE) * PAGE + FILE : length();
	}

	/** How many of them are here. */
	public int filled() {
		return this.filled;
	}

	/** Whether all are here. */
	public boolean isComplete() {
		return this.filled == length();
	}

	/**
	 * Adds the next bytes. For the one writer only, who holds a reference.
	 * @throws IndexOutOfBoundsException if they are more than the image has
	 */
	public void append(DataBuffer piece) {
		int count = piece.readableByteCount();
		int before = this.filled;
		ByteBuffer room = this.buffer.nioBuffer(before, count);
		piece.toByteBuffer(piece.readPosition(), room, 0, count);
		this.filled = before + count;
		this.readers.forEach(Reader::drain);
	}

	/**
	 * Ends the filling early: readers get what is here, then the failure.
	 */
	public void fail(Throwable cause) {
		this.failure = cause;
		this.readers.forEach(Reader::drain);
	}

	/**
	 * Some of the bytes, as slices that whoever receives them releases; those that are
	 * not here yet follow when they arrive.
	 * @param span which bytes
	 * @return the bytes; fails with {@link IllegalReferenceCountException} if the memory
	 * was freed before anybody subscribed
	 */
	public Flux<DataBuffer> read(ByteSpan span) {
		return new Flux<>() {
			@Override
			public void subscribe(CoreSubscriber<? super DataBuffer> subscriber) {
				begin(subscriber, span);
			}
		};
	}

	private void begin(CoreSubscriber<? super DataBuffer> subscriber, ByteSpan span) {
		if (!tryRetain()) {
			Operators.error(subscriber, new IllegalReferenceCountException("the image was evicted"));
			return;
		}
		Reader reader = new Reader(subscriber, span);
		this.readers.add(reader);
		subscriber.onSubscribe(reader);
		reader.start();
	}

	/**
	 * Some of the bytes as one slice, which the caller releases.
	 * @return the slice, or null if the memory is freed
	 */
	public @Nullable ByteBuf slice(ByteSpan span) {
		if (!tryRetain()) {
			return null;
		}
		try {
			return this.buffer.retainedSlice((int) span.first(), (int) span.length());
		}
		finally {
			release();
		}
	}

	/**
	 * Some of the bytes as pieces of a file, which the kernel sends without copying them.
	 * The caller releases them, or has a connection do so.
	 * @return the pieces in order, 128 KiB each and the rest; or none if the bytes are
	 * not in a file or too few to be worth it, or if the memory is freed
	 */
	public List<FileRegion> regions(ByteSpan span) {
		if (this.file == null || !this.file.channel().isOpen() || span.length() < ImageBuffers.MIN_FILE
				|| !tryRetain()) {
			return List.of();
		}
		List<FileRegion> regions = new ArrayList<>();
		for (long first = span.first(); first <= span.last(); first += MAX_REGION) {
			retain();
			regions.add(new Region(this.file.channel(), first, Math.min(MAX_REGION, span.last() - first + 1)));
		}
		release();
		return regions;
	}

	private boolean tryRetain() {
		try {
			retain();
			return true;
		}
		catch (IllegalReferenceCountException ex) {
			return false;
		}
	}

	@Override
	protected void deallocate() {
		this.buffer.release();
	}

	@Override
	public ReferenceCounted touch(Object hint) {
		this.buffer.touch(hint);
		return this;
	}

	/** Keeps the image while a connection sends a piece of it. */
	private final class Region extends DefaultFileRegion {

		Region(FileChannel file, long position, long count) {
			super(file, position, count);
		}

		/** The file is closed with the image. */
		@Override
		protected void deallocate() {
			ImageBytes.this.release();
		}

	}

	/**
	 * One reader's way through the bytes.
	 */
	private final class Reader implements Subscription {

		private final CoreSubscriber<? super DataBuffer> subscriber;

		private final int end;

		private final AtomicLong requested = new AtomicLong();

		/** Held from the beginning: nothing is delivered before onSubscribe. */
		private final AtomicInteger draining = new AtomicInteger(1);

		private int position;

		private boolean begun;

		private boolean ended;

		private volatile boolean cancelled;

		Reader(CoreSubscriber<? super DataBuffer> subscriber, ByteSpan span) {
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

		void drain() {
			if (this.draining.getAndIncrement() == 0) {
				start();
			}
		}

		void start() {
			int missed = 1;
			do {
				deliver();
				missed = this.draining.addAndGet(-missed);
			}
			while (missed != 0);
		}

		private void deliver() {
			while (!this.ended) {
				@Nullable Throwable broken = ImageBytes.this.failure;
				int ready = Math.min(this.end, ImageBytes.this.filled) - this.position;
				if (this.cancelled) {
					finish();
				}
				else if (this.position >= this.end) {
					finish();
					this.subscriber.onComplete();
				}
				else if (ready <= 0 && broken != null) {
					finish();
					this.subscriber.onError(broken);
				}
				else if (this.requested.get() == 0 || !isWorthwhile(ready, broken != null)) {
					return;
				}
				else {
					deliver(ready);
				}
			}
		}

		private void deliver(int count) {
			ByteBuf slice = ImageBytes.this.buffer.retainedSlice(this.position, count);
			this.position += count;
			this.begun = true;
			this.requested.updateAndGet((wanted) -> (wanted == Long.MAX_VALUE) ? wanted : wanted - 1);
			this.subscriber.onNext(BUFFERS.wrap(slice));
		}

		private boolean isWorthwhile(int ready, boolean last) {
			return ready >= MIN_PIECE || (ready > 0 && (!this.begun || last || this.position + ready == this.end));
		}

		private void finish() {
			this.ended = true;
			ImageBytes.this.readers.remove(this);
			release();
		}

	}

}
