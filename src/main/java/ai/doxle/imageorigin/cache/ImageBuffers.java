package ai.doxle.imageorigin.cache;

import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

import com.sun.management.UnixOperatingSystemMXBean;
import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledDirectByteBuf;
import io.netty.buffer.UnpooledHeapByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Makes the room of {@link ImageMemory}, and tells of each when it is freed: when the
 * last slice of it is released.
 */
class ImageBuffers extends AbstractByteBufAllocator {

	/** What is smaller is sent faster in one call together with its head. */
	static final int MIN_FILE = 32 * 1024;

	/** Each is a mapping of the process, too, which may have 65,530 of them. */
	private static final int MAX_FILES = 16 * 1024;

	private static final AtomicInteger files = new AtomicInteger();

	private final int maxFiles;

	private final IntConsumer whenFreed;

	/**
	 * @param whenFreed is given the bytes of each buffer
	 */
	ImageBuffers(IntConsumer whenFreed) {
		this(whenFreed, Math.min(MAX_FILES, descriptors() / 4));
	}

	/**
	 * @param whenFreed is given the bytes of each buffer
	 * @param maxFiles how many images of the process may lie in files
	 */
	ImageBuffers(IntConsumer whenFreed, int maxFiles) {
		super(true);
		this.whenFreed = whenFreed;
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
	 * @return the room, which the caller owns
	 * @throws OutOfMemoryError if the JVM has no such room
	 */
	ImageBytes room(int length) {
		MemoryFile file = (length >= MIN_FILE) ? file(length) : null;
		return (file != null) ? new ImageBytes(mapped(file), file) : new ImageBytes(directBuffer(length, length), null);
	}

	private @Nullable MemoryFile file(int length) {
		MemoryFile file = (files.incrementAndGet() <= this.maxFiles) ? MemoryFile.create(length) : null;
		if (file == null) {
			files.decrementAndGet();
		}
		return file;
	}

	private ByteBuf mapped(MemoryFile file) {
		ByteBuffer bytes = file.bytes();
		return toLeakAwareBuffer(new UnpooledDirectByteBuf(this, bytes, bytes.capacity()) {
			@Override
			protected void deallocate() {
				super.deallocate();
				files.decrementAndGet();
				ImageBuffers.this.whenFreed.accept(maxCapacity());
				file.close();
			}
		});
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
		return toLeakAwareBuffer(new UnpooledDirectByteBuf(this, initialCapacity, maxCapacity) {
			@Override
			protected void deallocate() {
				super.deallocate();
				ImageBuffers.this.whenFreed.accept(maxCapacity());
			}
		});
	}

}
