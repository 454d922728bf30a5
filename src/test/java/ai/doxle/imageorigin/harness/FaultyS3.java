package ai.doxle.imageorigin.harness;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * Speaks just enough of S3 to answer for one object, and fails in the ways that real
 * servers do: it takes the next fault of a list for each request, and is well when the
 * list is empty.
 */
public final class FaultyS3 implements AutoCloseable {

	/** What can go wrong with one answer. */
	public enum Fault {

		/** Nothing. */
		NONE,
		/** The head never comes. */
		HANGS_BEFORE_HEAD,
		/** Half of the body comes, then nothing. */
		HANGS_IN_BODY,
		/** Half of the body comes, then a reset. */
		RESETS_IN_BODY,
		/** Half of the body comes, then a polite end. */
		ENDS_SHORT,
		/** The connection is closed without an answer. */
		CLOSES,
		/** 503 SlowDown. */
		SLOW_DOWN,
		/** 500 InternalError. */
		INTERNAL_ERROR,
		/** 403 AccessDenied. */
		ACCESS_DENIED,
		/** 403 RequestTimeTooSkewed. */
		CLOCK_SKEW,
		/** Another version answers, as if If-Match had not been there. */
		OTHER_VERSION

	}

	private static final Duration TO_BE_READ = Duration.ofMillis(300);

	private static final int PIECE = 64 * 1024;

	private final @Nullable ServerTls tls;

	private volatile int piece = PIECE;

	private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-(\\d+)");

	private final ServerSocket socket;

	private final LongAdder sent = new LongAdder();

	private final Deque<Fault> nextFaults = new ConcurrentLinkedDeque<>();

	private final List<Socket> connections = new CopyOnWriteArrayList<>();

	private final AtomicInteger gets = new AtomicInteger();

	private final AtomicInteger requests = new AtomicInteger();

	private final AtomicInteger hanging = new AtomicInteger();

	private volatile Version version;

	private volatile Duration pause = Duration.ZERO;

	private volatile Fault lasting = Fault.NONE;

	/**
	 * @param object what is stored under every key but those with {@code absent}
	 */
	public FaultyS3(byte[] object) throws IOException {
		this(object, null);
	}

	/**
	 * @param object what is stored under every key but those with {@code absent}
	 * @param tls what its connections are encrypted with, if they are
	 */
	@SuppressWarnings("FutureReturnValueIgnored")
	public FaultyS3(byte[] object, @Nullable ServerTls tls) throws IOException {
		this.tls = tls;
		this.version = new Version("\"one\"", object);
		this.socket = new ServerSocket(0, 1024, InetAddress.getLoopbackAddress());
		Thread.ofVirtual().start(this::accept);
	}

	/**
	 * Stores another version; answers that have begun go on with theirs.
	 * @param tag its entity tag, with quotes
	 */
	public void store(String tag, byte[] object) {
		this.version = new Version(tag, object);
	}

	/** Sends bodies in pieces of that many bytes, over TLS each as a record. */
	public void pieces(int bytes) {
		this.piece = bytes;
	}

	/** Where it is. */
	public URI endpoint() {
		return URI.create(((this.tls != null) ? "https" : "http") + "://127.0.0.1:" + this.socket.getLocalPort());
	}

	/** Pauses after every piece, of 64 KiB by default. */
	public void pace(Duration pause) {
		this.pause = pause;
	}

	/** Fails for one request each, in this order. */
	public void failNext(Fault... next) {
		this.nextFaults.addAll(List.of(next));
	}

	/** Fails for every request. */
	public void failAlways(Fault fault) {
		this.lasting = fault;
	}

	/** How many GET requests came. */
	public int gets() {
		return this.gets.get();
	}

	/** How many requests came, of whatever method. */
	public int requests() {
		return this.requests.get();
	}

	/** How many bytes of bodies were sent. */
	public long sent() {
		return this.sent.sum();
	}

	/** How many connections hang, and have not been closed by their clients. */
	public int hanging() {
		return this.hanging.get();
	}

	/** How many connections are open. */
	public long openConnections() {
		return this.connections.stream().filter((connection) -> !connection.isClosed()).count();
	}

	public Properties originProperties(int index) {
		Properties properties = new Properties();
		String prefix = "image-origin.store.buckets[" + index + "].";
		properties.setProperty(prefix + "name", "bucket");
		properties.setProperty(prefix + "region", "us-east-1");
		properties.setProperty(prefix + "endpoint", endpoint().toString());
		properties.setProperty(prefix + "path-style", "true");
		return properties;
	}

	@Override
	public void close() throws IOException {
		this.socket.close();
		for (Socket connection : this.connections) {
			connection.close();
		}
	}

	private void accept() {
		while (!this.socket.isClosed()) {
			try {
				Socket connection = this.socket.accept();
				this.connections.add(connection);
				Thread.ofVirtual().start(() -> secure(connection));
			}
			catch (IOException ex) {
				return;
			}
		}
	}

	private void secure(Socket plain) {
		try (plain) {
			serve(plain, (this.tls != null) ? this.tls.over(plain) : plain);
		}
		catch (IOException ex) {
			// the client left
		}
	}

	private void serve(Socket plain, Socket connection) {
		try (connection) {
			BufferedReader reader = new BufferedReader(
					new InputStreamReader(connection.getInputStream(), StandardCharsets.ISO_8859_1));
			for (String line = reader.readLine(); line != null; line = reader.readLine()) {
				Matcher range = RANGE.matcher("");
				for (String header = reader.readLine(); !header.isEmpty(); header = reader.readLine()) {
					if (header.toLowerCase(Locale.ROOT).startsWith("range:")) {
						range = RANGE.matcher(header);
					}
				}
				answer(plain, connection, line, range);
			}
		}
		catch (IOException ex) {
			// the client left, or an fault cut the connection
		}
	}

	private void answer(Socket plain, Socket connection, String line, Matcher range) throws IOException {
		boolean bodiless = line.startsWith("HEAD");
		this.requests.incrementAndGet();
		if (!bodiless) {
			this.gets.incrementAndGet();
		}
		Fault next = this.nextFaults.poll();
		Fault fault = (next != null) ? next : this.lasting;
		switch (fault) {
			case HANGS_BEFORE_HEAD -> hang(connection);
			case CLOSES -> plain.close();
			case SLOW_DOWN -> refuse(connection, "503 Slow Down", "SlowDown", bodiless);
			case INTERNAL_ERROR -> refuse(connection, "500 Internal Server Error", "InternalError", bodiless);
			case ACCESS_DENIED -> refuse(connection, "403 Forbidden", "AccessDenied", bodiless);
			case CLOCK_SKEW -> refuse(connection, "403 Forbidden", "RequestTimeTooSkewed", bodiless);
			default -> answer(plain, connection, fault, bodiless, line.contains("absent"), range);
		}
	}

	private void answer(Socket plain, Socket connection, Fault fault, boolean bodiless, boolean absent, Matcher range)
			throws IOException {
		if (absent) {
			refuse(connection, "404 Not Found", "NoSuchKey", bodiless);
			return;
		}
		Version stored = this.version;
		boolean partial = range.find();
		int first = partial ? Integer.parseInt(range.group(1)) : 0;
		int last = partial ? Math.min(Integer.parseInt(range.group(2)), stored.bytes().length - 1)
				: stored.bytes().length - 1;
		String tag = (fault == Fault.OTHER_VERSION) ? "\"other\"" : stored.tag();
		connection.getOutputStream()
			.write(ascii("HTTP/1.1 " + (partial ? "206 Partial Content" : "200 OK")
					+ "\r\nContent-Type: image/png\r\nLast-Modified: Sun, 01 Nov 2026 00:00:00 GMT\r\nETag: " + tag
					+ "\r\nContent-Length: " + (last - first + 1) + "\r\n" + (partial
							? "Content-Range: bytes " + first + "-" + last + "/" + stored.bytes().length + "\r\n" : "")
					+ "\r\n"));
		if (!bodiless) {
			send(plain, connection, fault, stored.bytes(), first, last - first + 1);
		}
	}

	private void send(Socket plain, Socket connection, Fault fault, byte[] bytes, int first, int length)
			throws IOException {
		boolean half = fault == Fault.HANGS_IN_BODY || fault == Fault.RESETS_IN_BODY || fault == Fault.ENDS_SHORT;
		int end = first + (half ? length / 2 : length);
		for (int position = first; position < end; position += this.piece) {
			int count = Math.min(this.piece, end - position);
			connection.getOutputStream().write(bytes, position, count);
			this.sent.add(count);
			LockSupport.parkNanos(this.pause.toNanos());
		}
		if (fault == Fault.HANGS_IN_BODY) {
			hang(connection);
		}
		else if (half) {
			// a reset takes along what its reader has not fetched yet, the head too
			LockSupport.parkNanos(TO_BE_READ.toNanos());
			// below TLS, which would say first that it ends
			Socket broken = (fault == Fault.RESETS_IN_BODY) ? plain : connection;
			broken.setSoLinger(fault == Fault.RESETS_IN_BODY, 0);
			broken.close();
		}
	}

	private static void refuse(Socket connection, String status, String code, boolean bodiless) throws IOException {
		String body = "<Error><Code>" + code + "</Code><Message>secret bucket detail</Message></Error>";
		connection.getOutputStream()
			.write(ascii("HTTP/1.1 " + status + "\r\nContent-Type: application/xml\r\nContent-Length: " + body.length()
					+ "\r\n\r\n" + (bodiless ? "" : body)));
	}

	/** Waits until the client leaves. */
	private void hang(Socket connection) throws IOException {
		this.hanging.incrementAndGet();
		try (connection) {
			while (connection.getInputStream().read() >= 0) {
				Thread.onSpinWait();
			}
		}
		finally {
			this.hanging.decrementAndGet();
		}
	}

	private static byte[] ascii(String text) {
		return text.getBytes(StandardCharsets.US_ASCII);
	}

	@SuppressWarnings("ArrayRecordComponent")
	private record Version(String tag, byte[] bytes) {

	}

}
