package ai.doxle.imageorigin.cache.redis.purge;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/**
 * The name of an instance within its region: the host name and a few random digits, which
 * differ at every start.
 *
 * @param value the name, such as {@code ip-10-0-1-5-3fa2b1c4}
 */
public record InstanceName(String value) {

	/** Read instead of asking a name server, which may be slow. */
	private static final Path LINUX_HOST_NAME = Path.of("/proc/sys/kernel/hostname");

	private static final int DIGITS = 8;

	/** A new name for this instance. */
	public static InstanceName create() {
		return new InstanceName(host() + "-" + UUID.randomUUID().toString().substring(0, DIGITS));
	}

	private static String host() {
		try {
			return Files.isReadable(LINUX_HOST_NAME) ? Files.readString(LINUX_HOST_NAME).strip()
					: InetAddress.getLocalHost().getHostName();
		}
		catch (IOException ex) {
			return "instance";
		}
	}

	@Override
	public String toString() {
		return this.value;
	}

}
