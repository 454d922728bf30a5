package ai.doxle.imageorigin.offheap;

import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import io.netty.buffer.ByteBuf;
import io.netty.channel.DefaultFileRegion;
import io.netty.channel.FileRegion;
import io.netty.util.AbstractReferenceCounted;
import io.netty.util.IllegalReferenceCountException;
import io.netty.util.ReferenceCounted;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBuffer;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;

import ai.doxle.imageorigin.image.ByteSpan;
import ai.doxle.imageorigin.offheap.ImageMemory.Use;

/**
 * The bytes of one image outside the heap: filled once, from front to back, by one
 * writer, and read meanwhile and afterwards by any number of readers, each at its own
 * pace.
 * <p>
 * The memory is freed when the last reference is released; every reader holds one while
 * it reads, so that freed memory is never read, evicted or not. Readers are handed
 * copies, a piece at a time, so that a piece which waits for a slow connection keeps no
 * image; hits are slices or pieces of the file, never copies.
 */
public final class ImageBytes extends AbstractReferenceCounted {

	/** What the kernel takes for a file: its inode, the open file, the mapping. */
	private static final int FILE = 3 * 1024;

	/** How much of a file is sent at once, before other connections have their turn. */
	private static final int MAX_REGION = 128 * 1024;

	private final ByteBuf buffer;

	private final @Nullable MemoryFile file;

	private final ImageMemory memory;

	private final Set<ImageBytesReader> readers = ConcurrentHashMap.newKeySet();

	/** What gets connections that have not taken their bytes to let go of them. */
	private final Set<Runnable> releases = ConcurrentHashMap.newKeySet();

	/** What the memory is used for, until it is freed: the memory's own note. */
	private @Nullable Use use = Use.LOADING;

	private volatile int filled;

	private volatile @Nullable Throwable failure;

	private volatile boolean reclaimed;

	/**
	 * @param buffer room for all bytes
	 * @param file the file that the buffer lies in, if it does
	 * @param memory where the room comes from
	 */
	ImageBytes(ByteBuf buffer, @Nullable MemoryFile file, ImageMemory memory) {
		this.buffer = buffer;
		this.file = file;
		this.memory = memory;
	}

	/** Takes a reference for a cache, which {@linkplain #evict evicts} it. */
	public void cache() {
		retain();
		this.memory.use(this, null, Use.CACHED);
	}

	/** Gives a cache's reference back. */
	public void evict() {
		release();
		this.memory.use(this, null, Use.EVICTED);
	}

	/** Gives the load's reference back. */
	public void endLoad() {
		release();
		this.memory.use(this, Use.LOADING, Use.EVICTED);
	}

	/**
	 * Has its readers go on elsewhere and connections let go of it, since its memory is
	 * needed.
	 */
	void reclaim() {
		this.reclaimed = true;
		this.readers.forEach(ImageBytesReader::reclaim);
		this.releases.forEach(Runnable::run);
	}

	/**
	 * Registers a connection that has not taken all bytes it was given.
	 * @param release gets it to let go of them; of each registration its own
	 * @return ends the registration
	 */
	public Disposable onReclaim(Runnable release) {
		this.releases.add(release);
		if (this.reclaimed) {
			release.run();
		}
		return () -> this.releases.remove(release);
	}

	@Nullable Use use() {
		return this.use;
	}

	void use(@Nullable Use use) {
		this.use = use;
	}

	/** How many bytes the image has. */
	public int length() {
		return this.buffer.maxCapacity();
	}

	/** Bytes outside the heap: of a file all pages, and 3 KiB of the kernel's. */
	public long footprint() {
		return (this.file != null) ? this.file.size() + FILE : length();
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
		this.readers.forEach(ImageBytesReader::drain);
	}

	/**
	 * Ends the filling early: readers get what is here, then the failure.
	 */
	public void fail(Throwable cause) {
		this.failure = cause;
		this.readers.forEach(ImageBytesReader::drain);
	}

	/**
	 * Some of the bytes, as pieces that their receiver releases; those that are not here
	 * yet follow when they arrive.
	 * @param span which bytes
	 * @return the bytes; fails with {@link EvictedImageException} if the memory was freed
	 * before the first subscription, or was needed for something else
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
			Operators.error(subscriber, new EvictedImageException(span.first()));
			return;
		}
		ImageBytesReader reader = new ImageBytesReader(this, subscriber, span);
		this.readers.add(reader);
		try {
			subscriber.onSubscribe(reader);
		}
		catch (RuntimeException ex) {
			reader.cancel();
			throw ex;
		}
		finally {
			reader.start();
		}
		if (this.reclaimed) {
			reader.reclaim();
		}
	}

	/**
	 * Some of the bytes as one slice, which the caller releases.
	 * @return the slice, or null if the memory is freed, or the bytes are not all here
	 */
	public @Nullable ByteBuf slice(ByteSpan span) {
		if (!isHere(span) || !tryRetain()) {
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
	 * not in a file, not all here or too few to be worth it, or if the memory is freed
	 */
	public List<FileRegion> regions(ByteSpan span) {
		FileChannel channel = (this.file != null && isHere(span) && span.length() >= ImageBufferAllocator.MIN_FILE)
				? this.file.channel() : null;
		if (channel == null || !channel.isOpen() || !tryRetain()) {
			return List.of();
		}
		try {
			List<FileRegion> regions = new ArrayList<>();
			for (long first = span.first(); first <= span.last(); first += MAX_REGION) {
				this.buffer.retain();
				regions.add(new Region(channel, first, Math.min(MAX_REGION, span.last() - first + 1)));
			}
			return regions;
		}
		finally {
			release();
		}
	}

	/** What is not here yet is what the memory held before. */
	private boolean isHere(ByteSpan span) {
		return span.last() < this.filled;
	}

	/** Why no more bytes will come, if it is so. */
	@Nullable Throwable failure() {
		return this.failure;
	}

	/** Copies some of the bytes that are here, for a reader, who holds a reference. */
	void copy(int first, ByteBuf piece) {
		piece.writeBytes(this.buffer, first, piece.writableBytes());
	}

	/** Gives a reader's reference back. */
	void leave(ImageBytesReader reader) {
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

	/** Keeps the bytes while a connection sends a piece of them. */
	private final class Region extends DefaultFileRegion {

		Region(FileChannel file, long position, long count) {
			super(file, position, count);
		}

		/** The file is closed with the buffer. */
		@Override
		protected void deallocate() {
			ImageBytes.this.buffer.release();
		}

	}

}
