import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

/**
 * Runs the origin under the load that its AOT cache is to remember, then ends it in an orderly way. The arguments are
 * the command that starts the origin; with {@code -XX:AOTCacheOutput} among them, the JVM writes the cache as it ends.
 * <p>
 * Needs the JDK and a Redis server, whose command is in the property {@code training.redis}, but no network: the bucket
 * is an HTTP server in this process.
 */
final class TrainingRun {

	private static final int ROUNDS = 1500;

	/** More than the tier in memory holds, so that most come from Redis. */
	private static final int BLOCKS = 200;

	/** New images in each round: with them a miss is called often enough for C2, too, 5,000 times. */
	private static final int MISSES = 4;

	private static final int PATIENCE_SECONDS = 180;

	private static final byte[] IMAGE = image(48 * 1024);

	private static final String ETAG = "\"5d41402abc4b2a76b9719d911017c592\"";

	private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

	private final int port = freePort();

	private final int managementPort = freePort();

	private final int redisPort = freePort();

	private final KeyPair keys;

	private int hitsInRedis;

	private TrainingRun() throws GeneralSecurityException {
		KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
		generator.initialize(2048);
		this.keys = generator.generateKeyPair();
	}

	public static void main(String[] command) throws Exception {
		// Otherwise each answer with a body waits 40 ms for an acknowledgement.
		System.setProperty("sun.net.httpserver.nodelay", "true");
		HttpServer bucket = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		bucket.createContext("/", TrainingRun::serveObject);
		bucket.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
		bucket.start();
		try {
			System.exit(new TrainingRun().train(command, bucket.getAddress().getPort()));
		}
		finally {
			bucket.stop(0);
		}
	}

	private int train(String[] command, int bucketPort) throws Exception {
		Process redis = startRedis();
		ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
		builder.environment().putAll(settings(bucketPort));
		Process origin = builder.start();
		try {
			awaitReadiness(origin);
			for (int round = 0; round < ROUNDS; round++) {
				askForEverything(token(round % 20));
				askForBlock(round % BLOCKS);
				for (int miss = 0; miss < MISSES; miss++) {
					askForBlock(BLOCKS + round * MISSES + miss);
				}
			}
			if (this.hitsInRedis < ROUNDS / 4) {
				throw new IllegalStateException("Only " + this.hitsInRedis + " images came from Redis");
			}
			this.client.close();
			origin.destroy();
			if (!origin.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
				throw new IllegalStateException("The origin does not end");
			}
		}
		finally {
			origin.destroyForcibly();
			redis.destroyForcibly();
		}
		// 143 is an orderly end after SIGTERM
		return (origin.exitValue() == 143) ? 0 : origin.exitValue();
	}

	/** Keeps nothing on disk, and is there before the origin asks for it. */
	private Process startRedis() throws IOException, InterruptedException {
		List<String> command = new ArrayList<>(List.of(System.getProperty("training.redis", "redis-server").split(" ")));
		command.addAll(List.of("--port", "" + this.redisPort, "--bind", "127.0.0.1", "--save", "", "--dir", "/tmp"));
		Process redis = new ProcessBuilder(command).inheritIO().start();
		for (int tenths = 0; tenths < PATIENCE_SECONDS * 10 && redis.isAlive(); tenths++) {
			try {
				new Socket(InetAddress.getLoopbackAddress(), this.redisPort).close();
				return redis;
			}
			catch (ConnectException ex) {
				Thread.sleep(100);
			}
		}
		throw new IllegalStateException("Redis does not start: " + command);
	}

	private Map<String, String> settings(int bucketPort) {
		return Map.ofEntries(Map.entry("SERVER_ADDRESS", "127.0.0.1"), Map.entry("SERVER_PORT", "" + this.port),
				Map.entry("MANAGEMENT_SERVER_PORT", "" + this.managementPort),
				Map.entry("MANAGEMENT_SERVER_ADDRESS", "127.0.0.1"), Map.entry("AWS_ACCESS_KEY_ID", "training"),
				Map.entry("AWS_SECRET_ACCESS_KEY", "training"), Map.entry("IMAGE_ORIGIN_STORE_BUCKETS_0_NAME", "bucket"),
				Map.entry("IMAGE_ORIGIN_STORE_BUCKETS_0_REGION", "us-east-1"),
				Map.entry("IMAGE_ORIGIN_STORE_BUCKETS_0_ENDPOINT", "http://127.0.0.1:" + bucketPort),
				Map.entry("IMAGE_ORIGIN_STORE_BUCKETS_0_PATH_STYLE", "true"),
				Map.entry("IMAGE_ORIGIN_CACHE_MEMORY_MAX_SIZE", "2MB"),
				Map.entry("IMAGE_ORIGIN_CACHE_REDIS_ENABLED", "true"), Map.entry("SPRING_DATA_REDIS_HOST", "127.0.0.1"),
				Map.entry("SPRING_DATA_REDIS_PORT", "" + this.redisPort), Map.entry("IMAGE_ORIGIN_ACCESS_MODE", "optional"),
				Map.entry("SPRING_SECURITY_OAUTH2_RESOURCESERVER_JWT_PUBLIC_KEY_LOCATION", "base64:" + publicKey()));
	}

	private void awaitReadiness(Process origin) throws InterruptedException {
		for (int tenths = 0; tenths < PATIENCE_SECONDS * 10; tenths++) {
			if (!origin.isAlive()) {
				throw new IllegalStateException("The origin ended: " + origin.exitValue());
			}
			try {
				if (ask("GET", this.managementPort, "/actuator/health/readiness") == 200) {
					return;
				}
			}
			catch (IOException ex) {
				// it does not listen yet
			}
			Thread.sleep(100);
		}
		throw new IllegalStateException("The origin does not become ready");
	}

	private void askForEverything(String token) throws IOException, InterruptedException {
		String path = "/proxy-image/projects/123/blocks/456/";
		expect(200, ask("GET", this.port, path + "img.jpg"));
		expect(200, ask("GET", this.port, path + "img.jpg", "Authorization", "Bearer " + token));
		expect(200, ask("HEAD", this.port, path + "a%20b.jpg"));
		expect(206, ask("GET", this.port, path + "img.jpg", "Range", "bytes=1024-2047"));
		expect(206, ask("GET", this.port, path + "img.jpg", "Range", "bytes=0-99,200-299"));
		expect(304, ask("GET", this.port, path + "img.jpg", "If-None-Match", ETAG));
		expect(404, ask("GET", this.port, path + "absent.jpg"));
		expect(400, ask("GET", this.port, "/proxy-image/a/../b"));
		expect(401, ask("GET", this.port, path + "img.jpg", "Authorization", "Bearer nonsense"));
		expect(200, ask("GET", this.managementPort, "/actuator/health/readiness"));
		expect(200, ask("GET", this.managementPort, "/actuator/prometheus"));
	}

	/** From S3 the first time, then from Redis, unless memory has it still. */
	private void askForBlock(int block) throws IOException, InterruptedException {
		HttpResponse<Void> answer = send("GET", this.port, "/proxy-image/projects/123/blocks/" + block + "/img.jpg");
		expect(200, answer.statusCode());
		if (answer.headers().firstValue("Cache-Status").orElse("").startsWith("image-origin-regional; hit")) {
			this.hitsInRedis++;
		}
	}

	private int ask(String method, int port, String path, String... headers) throws IOException, InterruptedException {
		return send(method, port, path, headers).statusCode();
	}

	private HttpResponse<Void> send(String method, int port, String path, String... headers)
			throws IOException, InterruptedException {
		HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
			.method(method, HttpRequest.BodyPublishers.noBody());
		for (int i = 0; i < headers.length; i += 2) {
			request.header(headers[i], headers[i + 1]);
		}
		return this.client.send(request.build(), HttpResponse.BodyHandlers.discarding());
	}

	/** A training that goes another way than meant would be remembered all the same. */
	private static void expect(int expected, int status) {
		if (status != expected) {
			throw new IllegalStateException("Expected " + expected + ", got " + status);
		}
	}

	private String token(int number) {
		Base64.Encoder encoder = Base64.getUrlEncoder().withoutPadding();
		String claims = "{\"sub\":\"training-%d\",\"exp\":%d}".formatted(number,
				Instant.now().plusSeconds(3600).getEpochSecond() / 3600 * 3600 + 3600);
		String content = encoder.encodeToString("{\"alg\":\"RS256\"}".getBytes(StandardCharsets.US_ASCII)) + "."
				+ encoder.encodeToString(claims.getBytes(StandardCharsets.US_ASCII));
		try {
			Signature signature = Signature.getInstance("SHA256withRSA");
			signature.initSign(this.keys.getPrivate());
			signature.update(content.getBytes(StandardCharsets.US_ASCII));
			return content + "." + encoder.encodeToString(signature.sign());
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private String publicKey() {
		String body = Base64.getMimeEncoder().encodeToString(this.keys.getPublic().getEncoded());
		String pem = "-----BEGIN PUBLIC KEY-----\n" + body + "\n-----END PUBLIC KEY-----\n";
		return Base64.getEncoder().encodeToString(pem.getBytes(StandardCharsets.US_ASCII));
	}

	/** Answers as S3 does, for one object under every key but those that end in absent.jpg. */
	private static void serveObject(HttpExchange exchange) throws IOException {
		try (exchange; InputStream body = exchange.getRequestBody()) {
			body.readAllBytes();
			if (exchange.getRequestURI().getPath().endsWith("absent.jpg")) {
				answer(exchange, 404, "application/xml",
						"<Error><Code>NoSuchKey</Code></Error>".getBytes(StandardCharsets.US_ASCII));
			}
			else {
				serveImage(exchange);
			}
		}
	}

	private static void serveImage(HttpExchange exchange) throws IOException {
		exchange.getResponseHeaders().set("ETag", ETAG);
		exchange.getResponseHeaders().set("Last-Modified", "Sun, 01 Nov 2026 00:00:00 GMT");
		String range = exchange.getRequestHeaders().getFirst("Range");
		if (range == null) {
			answer(exchange, 200, "image/jpeg", IMAGE);
			return;
		}
		String[] span = range.substring("bytes=".length()).split("-");
		int first = Integer.parseInt(span[0]);
		int last = Integer.parseInt(span[1]);
		exchange.getResponseHeaders().set("Content-Range", "bytes " + first + "-" + last + "/" + IMAGE.length);
		answer(exchange, 206, "image/jpeg", Arrays.copyOfRange(IMAGE, first, last + 1));
	}

	private static void answer(HttpExchange exchange, int status, String type, byte[] body) throws IOException {
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

	private static byte[] image(int length) {
		byte[] image = new byte[length];
		image[0] = (byte) 0xff;
		image[1] = (byte) 0xd8;
		image[2] = (byte) 0xff;
		return image;
	}

	private static int freePort() {
		try (ServerSocket socket = new ServerSocket(0, 0, InetAddress.getLoopbackAddress())) {
			return socket.getLocalPort();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
