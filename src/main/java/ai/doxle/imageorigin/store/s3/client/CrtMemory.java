package ai.doxle.imageorigin.store.s3.client;

import java.lang.management.ManagementFactory;

import com.sun.management.OperatingSystemMXBean;
import io.netty.util.internal.PlatformDependent;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;

/**
 * The memory that connections of the CRT may take. It is neither on the heap nor counted
 * as direct memory, so that no limit of the JVM holds for it.
 *
 * @param bytes how much there is
 */
record CrtMemory(long bytes) {

	/**
	 * What a connection takes at most while its body waits: two fragments of 256 KiB,
	 * fixed in the CRT, and with TLS half as much again.
	 */
	static final long CONNECTION = 832 * 1024;

	/** What the JVM takes besides heap and direct memory. */
	private static final long JVM = 256L * 1024 * 1024;

	/** What the machine, or the container, has left beside the JVM. */
	static CrtMemory ofThisProcess() {
		OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
		return new CrtMemory(system.getTotalMemorySize() - Runtime.getRuntime().maxMemory()
				- PlatformDependent.maxDirectMemory() - JVM);
	}

	/** How many connections it is enough for. */
	int connections() {
		return Math.clamp(this.bytes / CONNECTION, 0, Integer.MAX_VALUE);
	}

	/**
	 * Fails the start if it is not enough for all connections.
	 */
	void check(int connections) {
		if (connections > connections()) {
			throw new InvalidConfigurationPropertyValueException("image-origin.store.client", "crt",
					"%d connections may take %d MB outside the JVM, which leaves %d MB: lower ".formatted(connections,
							megabytes(connections * CONNECTION), megabytes(Math.max(0, this.bytes)))
							+ "image-origin.store.max-connections to at most " + connections()
							+ ", give the machine more memory, or take auto or netty");
		}
	}

	private static long megabytes(long bytes) {
		return bytes / 1024 / 1024;
	}

}
