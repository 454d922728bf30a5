package ai.doxle.imageorigin.offheap;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

import org.jspecify.annotations.Nullable;

/**
 * A file without a name that lies in memory ({@code memfd_create(2)}) and is mapped into
 * the process: memory like any other, from which the kernel can send, too
 * ({@code sendfile(2)}), while it copies other memory for every response.
 * <p>
 * The pages of one that was {@linkplain #isSent sent from} are never used for anything
 * else. The kernel frees one when the file is closed and no connection refers to the page
 * any more, so that what is sent again late is still the same image.
 */
final class MemoryFile implements AutoCloseable {

	/** The JDK makes no larger buffer of a mapping, in bytes. */
	static final int MAX_LENGTH = Integer.MAX_VALUE - 8;

	private static final long PAGE = 4 * 1024;

	private static final int NONE = -1;

	private static final boolean AVAILABLE = Linker.nativeLinker().defaultLookup().find("memfd_create").isPresent();

	private final MemorySegment mapping;

	/** Guarded by this; closed when the channel has one of its own, or cannot have. */
	private int descriptor;

	private volatile @Nullable FileChannel channel;

	private MemoryFile(int descriptor, MemorySegment mapping) {
		this.descriptor = descriptor;
		this.mapping = mapping;
	}

	/**
	 * Makes a file.
	 * @param length the bytes of its image, at most {@link #MAX_LENGTH}
	 * @return the file; or null if the system has no such files, or none left
	 */
	static @Nullable MemoryFile create(int length) {
		int descriptor = AVAILABLE ? LinuxCalls.memfdCreate() : NONE;
		if (descriptor < 0) {
			return null;
		}
		long size = sizeFor(length);
		MemorySegment mapping = LinuxCalls.ftruncate(descriptor, size) ? LinuxCalls.mmap(descriptor, size)
				: MemorySegment.NULL;
		if (mapping.equals(MemorySegment.NULL)) {
			LinuxCalls.close(descriptor);
			return null;
		}
		return new MemoryFile(descriptor, mapping);
	}

	/**
	 * The file, for sending. It is opened when it is asked for: most images that are
	 * loaded are never sent again.
	 * @return the file; or null if it is closed, or the system has no descriptor left
	 */
	@Nullable FileChannel channel() {
		FileChannel present = this.channel;
		return (present != null) ? present : open();
	}

	/** The JDK's channels are made from paths only. */
	private synchronized @Nullable FileChannel open() {
		if (this.descriptor != NONE) {
			try {
				this.channel = FileChannel.open(Path.of("/proc/self/fd", Integer.toString(this.descriptor)),
						StandardOpenOption.READ);
			}
			catch (IOException ex) {
				// it is sent from the mapping, then
			}
			closeDescriptor();
		}
		return this.channel;
	}

	private void closeDescriptor() {
		LinuxCalls.close(this.descriptor);
		this.descriptor = NONE;
	}

	/** Whether it may have been sent from: whether it was ever asked for its channel. */
	synchronized boolean isSent() {
		return this.descriptor == NONE;
	}

	/** The bytes that a file takes, in whole pages. */
	static long sizeFor(int length) {
		return Math.ceilDiv(length, PAGE) * PAGE;
	}

	/** Its bytes, in whole pages. */
	long size() {
		return this.mapping.byteSize();
	}

	/** The first of its bytes, which are gone when it is closed. */
	ByteBuffer bytes(int length) {
		return this.mapping.asSlice(0, length).asByteBuffer();
	}

	@Override
	public synchronized void close() {
		LinuxCalls.munmap(this.mapping);
		if (this.descriptor != NONE) {
			closeDescriptor();
		}
		FileChannel opened = this.channel;
		if (opened != null) {
			close(opened);
		}
	}

	private static void close(FileChannel channel) {
		try {
			channel.close();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
