package ai.doxle.imageorigin.harness;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.Properties;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import org.jspecify.annotations.Nullable;

/**
 * Speaks just enough of S3 to serve objects of any length, 2 GiB and more, whose bytes
 * are generated while they are sent: every key names an object, and the last segment but
 * one is its length in bytes.
 */
public final class GeneratedS3 implements AutoCloseable {

	/**
	 * A prime, so that no two positions that lie a power of two apart have the same
	 * bytes.
	 */
	private static final int PERIOD = 65_521;

	private static final int PIECE = 64 * 1024;

	private static final byte[] BYTES = bytes();

	private static final Pattern LENGTH = Pattern.compile("/(\\d+)/[^/]+$");

	private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-(\\d+)");

	private static final int BACKLOG = 1024;

	private final HttpServer server;

	private final Set<String> agents = ConcurrentHashMap.newKeySet();

	private final String scheme;

	/** Starts a server on a free port of this machine. */
	public GeneratedS3() {
		this(null);
	}

	/**
	 * Starts a server on a free port of this machine.
	 * @param tls what its connections are encrypted with, if they are
	 */
	public GeneratedS3(@Nullable ServerTls tls) {
		InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
		this.scheme = (tls != null) ? "https" : "http";
		try {
			this.server = (tls != null) ? secure(HttpsServer.create(address, BACKLOG), tls)
					: HttpServer.create(address, BACKLOG);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		this.server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
		this.server.createContext("/", (exchange) -> {
			this.agents.add(exchange.getRequestHeaders().getFirst("User-Agent"));
			answer(exchange);
		});
		this.server.start();
	}

	private static HttpsServer secure(HttpsServer server, ServerTls tls) {
		server.setHttpsConfigurator(new HttpsConfigurator(tls.context()));
		return server;
	}

	/** Noise, and its beginning once more, so that any piece of it is in one. */
	private static byte[] bytes() {
		byte[] bytes = new byte[PERIOD + PIECE];
		new Random(1).nextBytes(bytes);
		for (int i = PERIOD; i < bytes.length; i++) {
			bytes[i] = bytes[i - PERIOD];
		}
		return bytes;
	}

	/**
	 * Whether bytes are those of an object.
	 * @param position where they lie in the object
	 * @param bytes begins with them
	 * @param count how many they are
	 */
	public static boolean matches(String key, long position, byte[] bytes, int count) {
		boolean match = true;
		for (int from = 0; match && from < count; from += PIECE) {
			int to = Math.min(from + PIECE, count);
			int start = start(key, position + from);
			match = Arrays.equals(bytes, from, to, BYTES, start, start + to - from);
		}
		return match;
	}

	private static int start(String key, long position) {
		return (int) ((position + (key.hashCode() & 0xFFFF)) % PERIOD);
	}

	/** Who has asked, as the User-Agent says. */
	public Set<String> agents() {
		return this.agents;
	}

	/** The properties that have the origin read from here. */
	public Properties originProperties(int index) {
		Properties properties = new Properties();
		String prefix = "image-origin.store.buckets[" + index + "].";
		properties.setProperty(prefix + "name", "generated");
		properties.setProperty(prefix + "region", "us-east-1");
		properties.setProperty(prefix + "endpoint", this.scheme + "://127.0.0.1:" + this.server.getAddress().getPort());
		properties.setProperty(prefix + "path-style", "true");
		return properties;
	}

	@Override
	public void close() {
		this.server.stop(0);
	}

	private static void answer(HttpExchange exchange) throws IOException {
		try (exchange) {
			String path = exchange.getRequestURI().getPath();
			Matcher length = LENGTH.matcher(path);
			if (length.find()) {
				answer(exchange, path.replaceFirst("^/[^/]*/", ""), Long.parseLong(length.group(1)));
			}
			else {
				// a question about the bucket
				exchange.sendResponseHeaders(200, -1);
			}
		}
	}

	private static void answer(HttpExchange exchange, String key, long length) throws IOException {
		String wanted = exchange.getRequestHeaders().getFirst("Range");
		Matcher range = RANGE.matcher((wanted != null) ? wanted : "");
		boolean partial = range.matches();
		long first = partial ? Long.parseLong(range.group(1)) : 0;
		long last = partial ? Math.min(Long.parseLong(range.group(2)), length - 1) : length - 1;
		exchange.getResponseHeaders().set("ETag", "\"" + length + "\"");
		exchange.getResponseHeaders().set("Last-Modified", "Sun, 01 Nov 2026 00:00:00 GMT");
		exchange.getResponseHeaders().set("Content-Type", "image/x-generated");
		if (partial) {
			exchange.getResponseHeaders().set("Content-Range", "bytes " + first + "-" + last + "/" + length);
		}
		if (exchange.getRequestMethod().equals("HEAD")) {
			exchange.getResponseHeaders().set("Content-Length", Long.toString(last - first + 1));
			exchange.sendResponseHeaders(200, -1);
		}
		else {
			exchange.sendResponseHeaders(partial ? 206 : 200, last - first + 1);
			send(exchange.getResponseBody(), key, first, last);
		}
	}

	private static void send(OutputStream body, String key, long first, long last) throws IOException {
		for (long position = first; position <= last; position += PIECE) {
			body.write(BYTES, start(key, position), (int) Math.min(PIECE, last - position + 1));
		}
		body.close();
	}

}
