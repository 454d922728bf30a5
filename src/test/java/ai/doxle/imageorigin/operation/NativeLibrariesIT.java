package ai.doxle.imageorigin.operation;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarInputStream;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Whatever native library for Linux the packaged jar has for one of the two processors
 * that are deployed to, it has for the other.
 */
class NativeLibrariesIT {

	private static final Path JAR = Path.of(System.getProperty("basedir", "."), "target", "image-origin.jar");

	private static final Pattern LIBRARY = Pattern.compile(".+\\.so(\\.\\d+)*");

	/** How libraries call processors, the two first and the ones that do not matter. */
	private static final Pattern PROCESSOR = Pattern
		.compile("(?<x86>x86[_-]64|amd64)|(?<arm>aarch_?64|arm64|armv8)|x86_32|armv[67]");

	/** {@code e_machine} of an ELF header, for x86-64. */
	private static final int EM_X86_64 = 62;

	/** {@code e_machine} of an ELF header, for AArch64. */
	private static final int EM_AARCH64 = 183;

	private final Map<String, Set<Integer>> machines = new TreeMap<>();

	@Test
	void everyNativeLibraryIsThereForBothProcessors() throws IOException {
		try (JarFile jar = new JarFile(JAR.toFile())) {
			for (JarEntry entry : (Iterable<JarEntry>) jar.stream()::iterator) {
				if (entry.getName().endsWith(".jar")) {
					collect(entry.getName(), jar.getInputStream(entry));
				}
			}
		}
		assertThat(this.machines).containsKeys("META-INF/native/libnetty_transport_native_epoll_{processor}.so",
				"META-INF/native/libnetty_tcnative_linux_{processor}.so");
		assertThat(this.machines).allSatisfy(
				(library, found) -> assertThat(found).as(library).containsExactlyInAnyOrder(EM_X86_64, EM_AARCH64));
	}

	private void collect(String jar, InputStream content) throws IOException {
		try (JarInputStream nested = new JarInputStream(content)) {
			for (JarEntry entry = nested.getNextJarEntry(); entry != null; entry = nested.getNextJarEntry()) {
				if (LIBRARY.matcher(entry.getName()).matches()) {
					collectLibrary(jar + "!/" + entry.getName(), entry.getName(), nested.readNBytes(20));
				}
			}
		}
	}

	private void collectLibrary(String place, String name, byte[] header) {
		Matcher processor = PROCESSOR.matcher(name);
		assertThat(processor.find()).as("%s names a processor", place).isTrue();
		int machine = machine(place, header);
		if (processor.group("x86") != null || processor.group("arm") != null) {
			assertThat(machine).as(place).isEqualTo((processor.group("x86") != null) ? EM_X86_64 : EM_AARCH64);
			this.machines.computeIfAbsent(processor.replaceFirst("{processor}"), (key) -> new TreeSet<>()).add(machine);
		}
	}

	/** Reads {@code e_machine}, the 16-bit number at offset 18 of a little-endian ELF. */
	private static int machine(String place, byte[] header) {
		assertThat(header).as("%s is an ELF file", place).startsWith(0x7f, 'E', 'L', 'F');
		return ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN).getShort(18);
	}

}
