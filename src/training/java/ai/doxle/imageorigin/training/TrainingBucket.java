package ai.doxle.imageorigin.training;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;

/**
 * As much of S3 as a read needs: a PNG image under every key that ends in .png, a JPEG
 * image under every other key, but for those that end in absent.jpg. Over TLS, as S3 is.
 */
final class TrainingBucket implements AutoCloseable {

	static final String ETAG = "\"5d41402abc4b2a76b9719d911017c592\"";

	private static final byte[] JPEG = image(48 * 1024, 0xff, 0xd8, 0xff);

	private static final byte[] PNG = image(100 * 1024, 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n');

	private final HttpsServer server;

	private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();

	TrainingBucket(TrainingCertificate certificate) throws IOException, GeneralSecurityException {
		this.server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		this.server.setHttpsConfigurator(new HttpsConfigurator(certificate.server()));
		this.server.createContext("/", TrainingBucket::serveObject);
		this.server.setExecutor(this.executor);
		this.server.start();
	}

	String endpoint() {
		return "https://127.0.0.1:" + this.server.getAddress().getPort();
	}

	@Override
	public void close() {
		this.server.stop(0);
		this.executor.shutdownNow();
	}

	private static void serveObject(HttpExchange exchange) throws IOException {
		try (exchange; InputStream body = exchange.getRequestBody()) {
			body.readAllBytes();
			String path = exchange.getRequestURI().getPath();
			if (path.endsWith("absent.jpg")) {
				send(exchange, 404, "application/xml",
						"<Error><Code>NoSuchKey</Code></Error>".getBytes(StandardCharsets.US_ASCII));
			}
			else if (path.endsWith(".png")) {
				serveImage(exchange, "image/png", PNG);
			}
			else {
				serveImage(exchange, "image/jpeg", JPEG);
			}
		}
	}

	private static void serveImage(HttpExchange exchange, String type, byte[] image) throws IOException {
		exchange.getResponseHeaders().set("Accept-Ranges", "bytes");
		exchange.getResponseHeaders().set("ETag", ETAG);
		exchange.getResponseHeaders().set("Last-Modified", "Sun, 01 Nov 2026 00:00:00 GMT");
		String range = exchange.getRequestHeaders().getFirst("Range");
		if (range == null) {
			send(exchange, 200, type, image);
			return;
		}
		String[] span = range.substring("bytes=".length()).split("-", 2);
		int first = Integer.parseInt(span[0]);
		int last = Integer.parseInt(span[1]);
		exchange.getResponseHeaders().set("Content-Range", "bytes " + first + "-" + last + "/" + image.length);
		send(exchange, 206, type, Arrays.copyOfRange(image, first, last + 1));
	}

	private static void send(HttpExchange exchange, int status, String type, byte[] body) throws IOException {
		exchange.getResponseHeaders().set("Content-Type", type);
		if (exchange.getRequestMethod().equals("HEAD")) {
			exchange.getResponseHeaders().set("Content-Length", String.valueOf(body.length));
			exchange.sendResponseHeaders(status, -1);
		}
		else {
			exchange.sendResponseHeaders(status, body.length);
			exchange.getResponseBody().write(body);
		}
	}

	private static byte[] image(int length, int... signature) {
		byte[] image = new byte[length];
		for (int i = 0; i < signature.length; i++) {
			image[i] = (byte) signature[i];
		}
		return image;
	}

}
