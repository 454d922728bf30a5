package ai.doxle.imageorigin.cache;

import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import ai.doxle.imageorigin.image.ByteSpan;
import io.netty.buffer.ByteBuf;
import io.netty.channel.DefaultFileRegion;
import io.netty.channel.FileRegion;
import io.netty.util.AbstractReferenceCounted;
import io.netty.util.IllegalReferenceCountException;
import io.netty.util.ReferenceCounted;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBuffer;
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

	/** What the kernel takes for a file: its inode, the open file, the mapping. */
	private static final int FILE = 3 * 1024;

	private static final int PAGE = 4 * 1024;

	/** How much of a file is sent at once, before other connections have their turn. */
	private static final int MAX_REGION = 128 * 1024;

	private final ByteBuf buffer;

	private final @Nullable MemoryFile file;

	private final Set<ImageReader> readers = ConcurrentHashMap.newKeySet();

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
		this.readers.forEach(ImageReader::drain);
	}

	/**
	 * Ends the filling early: readers get what is here, then the failure.
	 */
	public void fail(Throwable cause) {
		this.failure = cause;
		this.readers.forEach(ImageReader::drain);
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
		ImageReader reader = new ImageReader(this, subscriber, span);
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

	/** Why no more bytes will come, if it is so. */
	@Nullable Throwable failure() {
		return this.failure;
	}

	/** Some of the bytes that are here, for a reader, who holds a reference. */
	ByteBuf piece(int first, int count) {
		return this.buffer.retainedSlice(first, count);
	}

	/** Gives a reader's reference back. */
	void leave(ImageReader reader) {
		this.readers.remove(reader);
		release();
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

}
