package ai.doxle.imageorigin.offheap;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;

/**
 * Images whose bytes all have one value, and the files that they lie in.
 */
final class FilledImages {

	private FilledImages() {
	}

	/** An image of one value, whole. */
	static ImageBytes filled(ImageMemory memory, int length, int value) {
		ImageBytes image = memory.allocate(length);
		image.append(piece(length, value));
		return image;
	}

	/** Some bytes of one value. */
	static DataBuffer piece(int length, int value) {
		byte[] bytes = new byte[length];
		Arrays.fill(bytes, (byte) value);
		return DefaultDataBufferFactory.sharedInstance.wrap(bytes);
	}

	/** How many files of images the process has open. */
	static long openFiles() throws IOException {
		try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
			return files.filter((file) -> isMemory(file)).count();
		}
	}

	private static boolean isMemory(Path file) {
		try {
			return Files.readSymbolicLink(file).toString().startsWith("/memfd:image");
		}
		catch (IOException ex) {
			return false;
		}
	}

}
