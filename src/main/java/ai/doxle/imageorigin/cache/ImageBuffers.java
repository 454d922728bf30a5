package ai.doxle.imageorigin.cache;

import java.lang.management.ManagementFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

import com.sun.management.UnixOperatingSystemMXBean;
import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledDirectByteBuf;
import io.netty.buffer.UnpooledHeapByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Makes the buffers of {@link ImageMemory}, and tells of each when it is freed: when the
 * last slice of it is released.
 */
class ImageBuffers extends AbstractByteBufAllocator {

	/** What is smaller is sent faster in one call together with its head. */
	static final int MIN_FILE = 32 * 1024;

	/** Each is a mapping of the process, too, which may have 65,530 of them. */
	private static final int MAX_FILES = 16 * 1024;

	private static final AtomicInteger files = new AtomicInteger();

	private final int maxFiles = Math.min(MAX_FILES, descriptors() / 4);

	private final IntConsumer whenFreed;

	/**
	 * @param whenFreed is given the bytes of each buffer
	 */
	ImageBuffers(IntConsumer whenFreed) {
		super(true);
		this.whenFreed = whenFreed;
	}

	/** How many descriptors the process may have, of which its connections need most. */
	private static int descriptors() {
		return (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix)
				? Math.clamp(unix.getMaxFileDescriptorCount(), 0, Integer.MAX_VALUE) : 0;
	}

	/**
	 * Makes a file for an image of some length.
	 * @return the file, which {@link #mapped} makes a buffer of; or null if a buffer
	 * without one is better, or all there is
	 */
	@Nullable MemoryFile file(int length) {
		if (length < MIN_FILE) {
			return null;
		}
		MemoryFile file = (files.incrementAndGet() <= this.maxFiles) ? MemoryFile.create(length) : null;
		if (file == null) {
			files.decrementAndGet();
		}
		return file;
	}

	/** A file's bytes as a buffer that closes the file when it is freed. */
	ByteBuf mapped(MemoryFile file) {
		return toLeakAwareBuffer(new UnpooledDirectByteBuf(this, file.bytes(), file.bytes().capacity()) {
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
