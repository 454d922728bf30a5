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
 * A way to a Redis that a test may cut: connections through it end, and new ones are
 * closed at once, until it is restored. Others reach the same Redis all the time.
 */
public final class CuttableLink implements AutoCloseable {

	private final ServerSocket door;

	private final LocalRedis redis;

	private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

	private volatile boolean isCut;

	private CuttableLink(ServerSocket door, LocalRedis redis) {
		this.door = door;
		this.redis = redis;
		Thread.ofVirtual().start(this::accept);
	}

	/** Opens a way on a free port. */
	public static CuttableLink to(LocalRedis redis) throws IOException {
		return new CuttableLink(new ServerSocket(0, 0, InetAddress.getLoopbackAddress()), redis);
	}

	/** The properties that have the origin go this way. */
	public Properties originProperties() {
		return LocalRedis.originProperties("127.0.0.1", this.door.getLocalPort());
	}

	/** Ends all connections, and those that come from now on. */
	public void cut() {
		this.isCut = true;
		this.sockets.forEach(CuttableLink::end);
	}

	/** Lets connections through again. */
	public void restore() {
		this.isCut = false;
	}

	@Override
	public void close() throws IOException {
		this.door.close();
		cut();
	}

	private void accept() {
		while (!this.door.isClosed()) {
			try {
				Socket client = this.door.accept();
				this.sockets.add(client);
				Socket server = new Socket(this.redis.host(), this.redis.port());
				this.sockets.add(server);
				Thread.ofVirtual().start(() -> pass(client, server));
				Thread.ofVirtual().start(() -> pass(server, client));
				if (this.isCut) {
					cut();
				}
			}
			catch (IOException ex) {
				// the door was closed, or Redis is not there: the client tries again
			}
		}
	}

	private void pass(Socket from, Socket to) {
		try (from; to) {
			from.getInputStream().transferTo(to.getOutputStream());
		}
		catch (IOException ex) {
			// one of them has ended
		}
		finally {
			this.sockets.remove(from);
			this.sockets.remove(to);
		}
	}

	private static void end(Socket socket) {
		try {
			socket.close();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
