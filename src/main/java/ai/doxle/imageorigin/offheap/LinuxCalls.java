package ai.doxle.imageorigin.offheap;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * What {@link MemoryFile} asks of Linux and the JDK has no methods for; the manual page
 * of the same name tells of arguments and results. Elsewhere the class cannot be used.
 */
@SuppressWarnings("restricted") // asked for by --enable-native-access
final class LinuxCalls {

	private static final int MFD_CLOEXEC = 1;

	private static final int PROT_READ_AND_WRITE = 1 | 2;

	private static final int MAP_SHARED = 1;

	private static final int MAP_POPULATE = 0x8000;

	/** The pages of larger ones, made at once, would keep an event loop busy. */
	private static final long MAX_POPULATED = 1024 * 1024;

	private static final long MAP_FAILED = -1;

	private static final MemorySegment NAME = Arena.global().allocateFrom("image");

	private static final MethodHandle MEMFD_CREATE = function("memfd_create", ValueLayout.JAVA_INT, ValueLayout.ADDRESS,
			ValueLayout.JAVA_INT);

	private static final MethodHandle FTRUNCATE = function("ftruncate", ValueLayout.JAVA_INT, ValueLayout.JAVA_INT,
			ValueLayout.JAVA_LONG);

	private static final MethodHandle MMAP = function("mmap", ValueLayout.ADDRESS, ValueLayout.ADDRESS,
			ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT,
			ValueLayout.JAVA_LONG);

	private static final MethodHandle MUNMAP = function("munmap", ValueLayout.JAVA_INT, ValueLayout.ADDRESS,
			ValueLayout.JAVA_LONG);

	private static final MethodHandle CLOSE = function("close", ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);

	private LinuxCalls() {
	}

	private static MethodHandle function(String name, MemoryLayout result, MemoryLayout... arguments) {
		Linker linker = Linker.nativeLinker();
		return linker.downcallHandle(linker.defaultLookup().findOrThrow(name),
				FunctionDescriptor.of(result, arguments));
	}

	/** A descriptor, or a negative number. */
	static int memfdCreate() {
		try {
			return (int) MEMFD_CREATE.invokeExact(NAME, MFD_CLOEXEC);
		}
		catch (Throwable ex) {
			throw unexpected(ex);
		}
	}

	/** Whether the file has the length now. */
	static boolean ftruncate(int descriptor, long length) {
		try {
			return (int) FTRUNCATE.invokeExact(descriptor, length) == 0;
		}
		catch (Throwable ex) {
			throw unexpected(ex);
		}
	}

	/**
	 * Where the file's bytes are, for reading and writing, or {@link MemorySegment#NULL}.
	 * The pages of all but large files are there at once, which takes a fraction of the
	 * faults that they would be made by.
	 */
	static MemorySegment mmap(int descriptor, long length) {
		int flags = (length <= MAX_POPULATED) ? MAP_SHARED | MAP_POPULATE : MAP_SHARED;
		try {
			MemorySegment start = (MemorySegment) MMAP.invokeExact(MemorySegment.NULL, length, PROT_READ_AND_WRITE,
					flags, descriptor, 0L);
			return (start.address() == MAP_FAILED) ? MemorySegment.NULL : start.reinterpret(length);
		}
		catch (Throwable ex) {
			throw unexpected(ex);
		}
	}

	static void munmap(MemorySegment mapping) {
		try {
			int ignored = (int) MUNMAP.invokeExact(mapping, mapping.byteSize());
		}
		catch (Throwable ex) {
			throw unexpected(ex);
		}
	}

	static void close(int descriptor) {
		try {
			int ignored = (int) CLOSE.invokeExact(descriptor);
		}
		catch (Throwable ex) {
			throw unexpected(ex);
		}
	}

	/** These functions throw nothing. */
	private static IllegalStateException unexpected(Throwable ex) {
		return new IllegalStateException(ex);
	}

}
