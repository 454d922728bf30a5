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
	 * Makes room for an image: in a file, if it is large enough for one and the system
	 * has one left.
	 * @param length its bytes
	 * @param memory is told when the room is freed
	 * @return the room, which the caller owns
	 * @throws OutOfMemoryError if the JVM has no such room
	 */
	ImageBytes room(int length, ImageMemory memory) {
		MemoryFile file = (length >= MIN_FILE) ? file(length) : null;
		Room room = (file != null) ? new FileRoom(this, file) : room(length);
		ImageBytes image = new ImageBytes(toLeakAwareBuffer(room), file, memory);
		room.whenFreed = () -> memory.free(image);
		return image;
	}

	/** Room in ordinary memory. */
	Room room(int length) {
		return new Room(this, length);
	}

	private @Nullable MemoryFile file(int length) {
		MemoryFile file = (files.incrementAndGet() <= this.maxFiles) ? MemoryFile.create(length) : null;
		if (file == null) {
			files.decrementAndGet();
		}
		return file;
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
	static class Room extends UnpooledDirectByteBuf {

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

	/** A buffer that lies in a file. */
	private static final class FileRoom extends Room {

		private final MemoryFile file;

		FileRoom(ByteBufAllocator allocator, MemoryFile file) {
			super(allocator, file.bytes());
			this.file = file;
		}

		@Override
		protected void deallocate() {
			super.deallocate();
			files.decrementAndGet();
			this.file.close();
		}

	}

}
