package ai.doxle.imageorigin.offheap;

import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;

import com.sun.management.UnixOperatingSystemMXBean;
import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledDirectByteBuf;
import io.netty.buffer.UnpooledHeapByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Makes the room of {@link ImageMemory}, and tells it when it is freed: when the last
 * slice of it is released.
 */
class ImageBufferAllocator extends AbstractByteBufAllocator {

	/** What is smaller is sent faster in one call together with its head. */
	static final int MIN_FILE = 32 * 1024;

	/** Each is a mapping of the process, too, which may have 65,530 of them. */
	private static final int MAX_FILES = 16 * 1024;

	private static final AtomicInteger files = new AtomicInteger();

	private final int maxFiles;

	private final SpareFiles spares = new SpareFiles();

	ImageBufferAllocator() {
		this(Math.min(MAX_FILES, descriptors() / 4));
	}

	/**
	 * @param maxFiles how many images of the process may lie in files
	 */
	ImageBufferAllocator(int maxFiles) {
		super(true);
		this.maxFiles = maxFiles;
	}

	/** How many descriptors the process may have, of which its connections need most. */
	private static int descriptors() {
		return (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix)
				? Math.clamp(unix.getMaxFileDescriptorCount(), 0, Integer.MAX_VALUE) : 0;
	}

	/**
	 * Makes room for an image: in a file, if it is large enough for one and there is a
	 * spare one, or the system has one left.
	 * @param length its bytes
	 * @param memory is told when the room is freed
	 * @return the room, which the caller owns
	 * @throws OutOfMemoryError if the JVM has no such room
	 */
	ImageBytes room(int length, ImageMemory memory) {
		MemoryFile file = (length >= MIN_FILE) ? file(length, memory.spareLimit(length)) : null;
		Room room = (file != null) ? new Room(this, file.bytes(length)) : room(length);
		ImageBytes image = new ImageBytes(toLeakAwareBuffer(room), file, memory);
		room.whenFreed = () -> free(image, file, memory);
		return image;
	}

	/** The file first: who waits for the room may take it. */
	private void free(ImageBytes image, @Nullable MemoryFile file, ImageMemory memory) {
		try {
			if (file != null) {
				keep(file, memory.spareLimit(0));
			}
		}
		finally {
			memory.free(image);
		}
	}

	/** Room in ordinary memory. */
	Room room(int length) {
		return new Room(this, length);
	}

	private @Nullable MemoryFile file(int length, long spareLimit) {
		MemoryFile spare = this.spares.take(length);
		if (spare != null) {
			return spare;
		}
		shrinkSpares(spareLimit);
		return create(length);
	}

	private @Nullable MemoryFile create(int length) {
		if (files.incrementAndGet() > this.maxFiles) {
			shrinkSpares(0);
		}
		MemoryFile file = (files.get() <= this.maxFiles) ? MemoryFile.create(length) : null;
		if (file == null) {
			files.decrementAndGet();
		}
		return file;
	}

	private void keep(MemoryFile file, long limit) {
		if (file.isSent() || !this.spares.add(file, limit)) {
			close(file);
		}
		shrinkSpares(limit);
	}

	/** Closes spare files beyond a limit, in bytes. */
	void shrinkSpares(long limit) {
		this.spares.shrink(limit).forEach(ImageBufferAllocator::close);
	}

	private static void close(MemoryFile file) {
		files.decrementAndGet();
		file.close();
	}

	/** The files that were images', for the next ones. */
	SpareFiles spares() {
		return this.spares;
	}

	@Override
	public boolean isDirectBufferPooled() {
		return false;
	}

	@Override
	protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
		return new UnpooledHeapByteBuf(this, initialCapacity, maxCapacity);
	}

	@Override
	protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
		return new UnpooledDirectByteBuf(this, initialCapacity, maxCapacity);
	}

	/** The buffer of one image. */
	static final class Room extends UnpooledDirectByteBuf {

		private Runnable whenFreed = () -> {
		};

		Room(ByteBufAllocator allocator, int length) {
			super(allocator, length, length);
		}

		Room(ByteBufAllocator allocator, ByteBuffer bytes) {
			super(allocator, bytes, bytes.capacity());
		}

		@Override
		protected void deallocate() {
			super.deallocate();
			this.whenFreed.run();
		}

	}

}
