package ai.doxle.imageorigin.training;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;

/**
 * A port of the loopback interface that no program listens on.
 */
final class FreePort {

	private FreePort() {
	}

	static int find() throws IOException {
		try (ServerSocket socket = new ServerSocket(0, 0, InetAddress.getLoopbackAddress())) {
			return socket.getLocalPort();
		}
	}

}
