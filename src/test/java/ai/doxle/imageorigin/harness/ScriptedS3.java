package ai.doxle.imageorigin.harness;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;

/**
 * An HTTP server in the place of S3 whose every answer is decided by a script, down to
 * connections that close without one. {@link S3Object} gives the answers of a real one.
 */
public final class ScriptedS3 implements AutoCloseable {

	/** Decides what a request is answered with. */
	@FunctionalInterface
	public interface Script {

		Response answer(Request request);

	}

	/**
	 * A request.
	 *
	 * @param method in capitals
	 * @param bucket the bucket's name
	 * @param key the object's key as it came, or empty if the bucket itself is asked for
	 * @param headers by their names in lower case
	 * @param connection numbers the connection, from 1
	 */
	public record Request(String method, String bucket, String key, Map<String, String> headers, int connection) {

		public boolean isHead() {
			return this.method.equals("HEAD");
		}

		public boolean isOfBucket() {
			return this.key.isEmpty();
		}

	}

	/**
	 * An answer. One without {@code Content-Length} among its headers is chunked, unless
	 * it has no body.
	 *
	 * @param status 0 for none: the connection stays silent; -1: it is closed
	 * @param headers header fields
	 * @param body the body, which an answer to HEAD leaves out
	 * @param sent how many bytes of the body are sent before the connection breaks
	 */
	@SuppressWarnings("ArrayRecordComponent")
	public record Response(int status, Map<String, String> headers, byte[] body, int sent) {

		/** The connection stays open, and silent. */
		public static final Response SILENCE = new Response(0, Map.of(), new byte[0], 0);

		/** The connection is closed without a byte. */
		public static final Response CLOSE = new Response(-1, Map.of(), new byte[0], 0);

		/** An answer that is sent as a whole. */
		public static Response of(int status, Map<String, String> headers, byte[] body) {
			return new Response(status, headers, body, body.length);
		}

		/** An error as S3 sends it; without a code, without a body. */
		public static Response error(int status, String code) {
			byte[] body = code.isEmpty() ? new byte[0]
					: ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>" + code
							+ "</Code><Message>secret detail</Message><BucketName>secret-bucket</BucketName></Error>")
						.getBytes(StandardCharsets.UTF_8);
			return of(status,
					Map.of("Content-Type", "application/xml", "Content-Length", Integer.toString(body.length)), body);
		}

		/** The same, but the connection breaks within the body. */
		public Response brokenAfter(int bytes) {
			return new Response(this.status, this.headers, this.body, bytes);
		}

		/** The same, without a length: chunked. */
		public Response chunked() {
			return without("Content-Length");
		}

		public Response without(String header) {
			Map<String, String> others = new LinkedHashMap<>(this.headers);
			others.remove(header);
			return new Response(this.status, others, this.body, this.sent);
		}

		public Response with(String header, String value) {
			Map<String, String> more = new LinkedHashMap<>(this.headers);
			more.put(header, value);
			return new Response(this.status, more, this.body, this.sent);
		}

	}

	/** What has been sent shall be read before a reset takes it along. */
	private static final Duration TO_BE_READ = Duration.ofMillis(300);

	private final ServerSocket socket;

	private final Script script;

	private final List<Socket> connections = new CopyOnWriteArrayList<>();

	private final Queue<Request> requests = new ConcurrentLinkedQueue<>();

	private final Map<String, Integer> asked = new ConcurrentHashMap<>();

	public ScriptedS3(Script script) throws IOException {
		this.script = script;
		this.socket = new ServerSocket(0, 500, InetAddress.getLoopbackAddress());
		Thread.ofVirtual().start(this::accept);
	}

	public URI endpoint() {
		return URI.create("http://127.0.0.1:" + this.socket.getLocalPort());
	}

	/** The properties that have the origin read a bucket of it. */
	public Properties originProperties(int index) {
		return originProperties(index, "bucket");
	}

	/** The properties that have the origin read a bucket of that name. */
	public Properties originProperties(int index, String bucket) {
		Properties properties = new Properties();
		String prefix = "image-origin.store.buckets[" + index + "].";
		properties.setProperty(prefix + "name", bucket);
		properties.setProperty(prefix + "region", "us-east-1");
		properties.setProperty(prefix + "endpoint", endpoint().toString());
		properties.setProperty(prefix + "path-style", "true");
		return properties;
	}

	/** All requests so far, in the order in which they came. */
	public List<Request> requests() {
		return new ArrayList<>(this.requests);
	}

	/** How often a key has been asked for, by whatever method. */
	public int asked(String key) {
		return this.asked.getOrDefault(key, 0);
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
				connection.setTcpNoDelay(true);
				this.connections.add(connection);
				int number = this.connections.size();
				Thread.ofVirtual().start(() -> serve(connection, number));
			}
			catch (IOException ex) {
				return;
			}
		}
	}

	private void serve(Socket connection, int number) {
		try (connection) {
			BufferedReader reader = new BufferedReader(
					new InputStreamReader(connection.getInputStream(), StandardCharsets.ISO_8859_1));
			for (String line = reader.readLine(); line != null; line = reader.readLine()) {
				Request request = request(line, reader, number);
				this.requests.add(request);
				this.asked.merge(request.key(), 1, Integer::sum);
				answer(connection, reader, request, this.script.answer(request));
			}
		}
		catch (IOException ex) {
			// the client left, or the script has the connection close
		}
	}

	private static Request request(String line, BufferedReader reader, int number) throws IOException {
		Map<String, String> headers = new LinkedHashMap<>();
		for (String header = reader.readLine(); !header.isEmpty(); header = reader.readLine()) {
			int colon = header.indexOf(':');
			headers.put(header.substring(0, colon).toLowerCase(Locale.ROOT), header.substring(colon + 1).strip());
		}
		String[] parts = line.split(" ", -1);
		String path = parts[1].contains("?") ? parts[1].substring(0, parts[1].indexOf('?')) : parts[1];
		int slash = path.indexOf('/', 1);
		String bucket = path.substring(1, (slash < 0) ? path.length() : slash);
		return new Request(parts[0], bucket, (slash < 0) ? "" : path.substring(slash + 1), headers, number);
	}

	private static void answer(Socket connection, BufferedReader reader, Request request, Response response)
			throws IOException {
		if (response.status() == Response.SILENCE.status()) {
			while (reader.read() >= 0) {
				Thread.onSpinWait();
			}
		}
		if (response.status() <= 0) {
			throw new IOException("no answer");
		}
		boolean bodiless = request.isHead() || response.status() == 304 || response.status() == 204;
		boolean chunked = !bodiless && !response.headers().containsKey("Content-Length");
		OutputStream out = connection.getOutputStream();
		out.write(head(response, chunked).getBytes(StandardCharsets.ISO_8859_1));
		if (!bodiless) {
			send(out, response, chunked);
			if (response.sent() < response.body().length) {
				LockSupport.parkNanos(TO_BE_READ.toNanos());
				throw new IOException("broken");
			}
		}
	}

	private static String head(Response response, boolean chunked) {
		StringBuilder head = new StringBuilder("HTTP/1.1 " + response.status() + " Scripted\r\n");
		response.headers().forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
		return head.append(chunked ? "Transfer-Encoding: chunked\r\n\r\n" : "\r\n").toString();
	}

	private static void send(OutputStream out, Response response, boolean chunked) throws IOException {
		if (!chunked) {
			out.write(response.body(), 0, response.sent());
			return;
		}
		int piece = 5000;
		for (int position = 0; position < response.sent(); position += piece) {
			int count = Math.min(piece, response.sent() - position);
			out.write((Integer.toHexString(count) + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
			out.write(response.body(), position, count);
			out.write("\r\n".getBytes(StandardCharsets.ISO_8859_1));
		}
		if (response.sent() == response.body().length) {
			out.write("0\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
		}
	}

}
