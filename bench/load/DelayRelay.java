import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * Emulates the distance between two ends on loopback, for machines whose kernel has no netem. Bytes leave half a round
 * trip after they came, in either direction, and the first ones of a connection a whole round trip later still, as if the
 * handshake of TCP had crossed the distance. Bandwidth, loss and slow start are not emulated.
 * <p>
 * <code>java DelayRelay.java CONTROL_PORT NAME:PORT:TARGET_PORT:ROUND_TRIP_MS...</code> Who connects to the control port
 * is told a line for each link, and the end: name, connections so far, bytes to the target, bytes from it.
 */
public final class DelayRelay {

	/** Chunks on their way in one direction of a connection: 4 MiB at most. */
	private static final int CHUNKS = 64;

	private static final int CHUNK_BYTES = 64 * 1024;

	private static final int BACKLOG = 512;

	private DelayRelay() {
	}

	public static void main(String[] arguments) throws IOException {
		List<Link> links = new ArrayList<>();
		for (int i = 1; i < arguments.length; i++) {
			links.add(Link.parse(arguments[i]));
		}
		for (Link link : links) {
			ServerSocket server = listen(link.port);
			Thread.ofPlatform().name(link.name).start(() -> relay(link, server));
		}
		report(links, listen(Integer.parseInt(arguments[0])));
	}

	private static ServerSocket listen(int port) throws IOException {
		return new ServerSocket(port, BACKLOG, InetAddress.getLoopbackAddress());
	}

	private static void report(List<Link> links, ServerSocket server) throws IOException {
		while (true) {
			try (Socket asking = server.accept()) {
				StringBuilder lines = new StringBuilder();
				links.forEach((link) -> lines.append(link.line()).append('\n'));
				asking.getOutputStream().write(lines.toString().getBytes(StandardCharsets.US_ASCII));
			}
		}
	}

	private static void relay(Link link, ServerSocket server) {
		while (true) {
			try {
				connect(link, server.accept());
			}
			catch (IOException ex) {
				System.err.println(link.name + ": " + ex);
			}
		}
	}

	private static void connect(Link link, Socket near) throws IOException {
		long opened = System.nanoTime();
		link.connections.increment();
		try {
			Socket far = new Socket(InetAddress.getLoopbackAddress(), link.target);
			near.setTcpNoDelay(true);
			far.setTcpNoDelay(true);
			new Direction(near, far, opened + link.roundTrip, link.roundTrip / 2, link.sent).start();
			new Direction(far, near, opened, link.roundTrip / 2, link.received).start();
		}
		catch (IOException ex) {
			near.close();
			throw ex;
		}
	}

	/** Two ends and the nanoseconds from one to the other and back. */
	private record Link(String name, int port, int target, long roundTrip, LongAdder connections, LongAdder sent,
			LongAdder received) {

		static Link parse(String text) {
			String[] parts = text.split(":");
			return new Link(parts[0], Integer.parseInt(parts[1]), Integer.parseInt(parts[2]),
					Math.round(Double.parseDouble(parts[3]) * 1e6), new LongAdder(), new LongAdder(), new LongAdder());
		}

		String line() {
			return this.name + " " + this.connections.sum() + " " + this.sent.sum() + " " + this.received.sum();
		}

	}

	/** Bytes, and when they may leave; no bytes are the end. */
	private record Chunk(byte[] bytes, int length, long due) {
	}

	/** One direction of a connection: a thread that reads and one that writes later. */
	private static final class Direction {

		private final BlockingQueue<Chunk> underWay = new ArrayBlockingQueue<>(CHUNKS);

		private final Socket from;

		private final Socket to;

		private final long established;

		private final long delay;

		private final LongAdder count;

		Direction(Socket from, Socket to, long established, long delay, LongAdder count) {
			this.from = from;
			this.to = to;
			this.established = established;
			this.delay = delay;
			this.count = count;
		}

		void start() {
			Thread.ofPlatform().daemon().start(() -> orClose(this::read));
			Thread.ofPlatform().daemon().start(() -> orClose(this::write));
		}

		private void read() throws IOException, InterruptedException {
			InputStream in = this.from.getInputStream();
			int length;
			do {
				byte[] bytes = new byte[CHUNK_BYTES];
				length = in.read(bytes);
				long sent = System.nanoTime();
				long due = ((sent - this.established < 0) ? this.established : sent) + this.delay;
				this.underWay.put(new Chunk(bytes, length, due));
			}
			while (length >= 0);
		}

		private void write() throws IOException, InterruptedException {
			OutputStream out = this.to.getOutputStream();
			Chunk chunk = due();
			while (chunk.length >= 0) {
				out.write(chunk.bytes, 0, chunk.length);
				this.count.add(chunk.length);
				chunk = due();
			}
			this.to.shutdownOutput();
		}

		private Chunk due() throws InterruptedException {
			Chunk chunk = this.underWay.take();
			long left = chunk.due - System.nanoTime();
			while (left > 0) {
				LockSupport.parkNanos(left);
				left = chunk.due - System.nanoTime();
			}
			return chunk;
		}

		/** A broken end breaks the other one, too. */
		private void orClose(Step step) {
			try {
				step.run();
			}
			catch (IOException ex) {
				close(this.from);
				close(this.to);
				// The writer would wait for ever, the reader for room.
				this.underWay.clear();
				this.underWay.offer(new Chunk(new byte[0], -1, System.nanoTime()));
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}

		private static void close(Socket socket) {
			try {
				socket.close();
			}
			catch (IOException ex) {
				System.err.println(ex);
			}
		}

	}

	private interface Step {

		void run() throws IOException, InterruptedException;

	}

}
