package ai.doxle.imageorigin.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * An address of the loopback interface that leads to a server, and may be made to lead to
 * another one: as with a name that is changed, connections that are open stay where they
 * are.
 */
public final class TcpForwarder implements AutoCloseable {

	private static final String HOST = "127.0.0.1";

	private final ServerSocket server;

	private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

	private volatile int target;

	/**
	 * @param target the port where connections go
	 */
	public TcpForwarder(int target) {
		this.target = target;
		try {
			this.server = new ServerSocket(0, 50, InetAddress.getByName(HOST));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		Thread.startVirtualThread(this::accept);
	}

	/** Lets connections that are opened from now on go to another port. */
	public void pointTo(int port) {
		this.target = port;
	}

	/** How many connections were opened and not closed. */
	public int connections() {
		return this.sockets.size() / 2;
	}

	/** The properties that have the origin use the Redis behind it. */
	public Properties originProperties() {
		return LocalRedis.originProperties(HOST, this.server.getLocalPort());
	}

	private void accept() {
		try {
			while (true) {
				Socket client = this.server.accept();
				Thread.startVirtualThread(() -> forward(client));
			}
		}
		catch (IOException ex) {
			// closed
		}
	}

	private void forward(Socket client) {
		try (client; Socket upstream = new Socket(HOST, this.target)) {
			this.sockets.add(client);
			this.sockets.add(upstream);
			Thread back = Thread.startVirtualThread(() -> copy(upstream, client));
			copy(client, upstream);
			back.join();
			this.sockets.remove(client);
			this.sockets.remove(upstream);
		}
		catch (IOException ex) {
			// nobody listens there
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/** Copies until one of them ends, and then ends both. */
	private static void copy(Socket from, Socket to) {
		try (from; to) {
			from.setTcpNoDelay(true);
			from.getInputStream().transferTo(to.getOutputStream());
		}
		catch (IOException ex) {
			// ended by the other direction
		}
	}

	@Override
	public void close() {
		try {
			this.server.close();
			for (Socket socket : this.sockets) {
				socket.close();
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
