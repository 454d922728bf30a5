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
 * Its pages are never used for anything else. The kernel frees one when the file is
 * closed and no connection refers to the page any more, so that what is sent again late
 * is still the same image.
 */
final class MemoryFile implements AutoCloseable {

	/** The JDK makes no larger buffer of a mapping, in bytes. */
	static final int MAX_LENGTH = Integer.MAX_VALUE - 8;

	private static final boolean AVAILABLE = Linker.nativeLinker().defaultLookup().find("memfd_create").isPresent();

	private final FileChannel channel;

	private final MemorySegment mapping;

	private MemoryFile(FileChannel channel, MemorySegment mapping) {
		this.channel = channel;
		this.mapping = mapping;
	}

	/**
	 * Makes a file.
	 * @param length its bytes, at most {@link #MAX_LENGTH}
	 * @return the file; or null if the system has no such files, or none left
	 */
	static @Nullable MemoryFile create(int length) {
		int descriptor = AVAILABLE ? LinuxCalls.memfdCreate() : -1;
		if (descriptor < 0) {
			return null;
		}
		try {
			return LinuxCalls.ftruncate(descriptor, length) ? map(descriptor, length) : null;
		}
		finally {
			LinuxCalls.close(descriptor);
		}
	}

	private static @Nullable MemoryFile map(int descriptor, int length) {
		MemorySegment mapping = LinuxCalls.mmap(descriptor, length);
		if (mapping.equals(MemorySegment.NULL)) {
			return null;
		}
		try {
			return new MemoryFile(open(descriptor), mapping);
		}
		catch (IOException ex) {
			LinuxCalls.munmap(mapping);
			return null;
		}
	}

	/** The JDK's channels are made from paths only. */
	private static FileChannel open(int descriptor) throws IOException {
		return FileChannel.open(Path.of("/proc/self/fd", Integer.toString(descriptor)), StandardOpenOption.READ);
	}

	/** The file, for sending. */
	FileChannel channel() {
		return this.channel;
	}

	/** Its bytes, which are gone when it is closed. */
	ByteBuffer bytes() {
		return this.mapping.asByteBuffer();
	}

	@Override
	public void close() {
		LinuxCalls.munmap(this.mapping);
		try {
			this.channel.close();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
