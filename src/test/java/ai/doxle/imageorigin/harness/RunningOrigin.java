package ai.doxle.imageorigin.harness;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;

import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

import ai.doxle.imageorigin.OriginApplication;

import static org.awaitility.Awaitility.await;

/**
 * An origin on free ports of this machine, and a client that talks to it through real
 * sockets.
 */
public final class RunningOrigin implements AutoCloseable {

	private static final Duration PATIENCE = Duration.ofSeconds(60);

	private final ConfigurableApplicationContext context;

	private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

	private RunningOrigin(ConfigurableApplicationContext context) {
		this.context = context;
	}

	/**
	 * Starts an origin.
	 * @param settings properties, the later ones over the earlier ones
	 */
	public static RunningOrigin start(Properties... settings) {
		System.setProperty("aws.accessKeyId", LocalS3.ACCESS_KEY);
		System.setProperty("aws.secretAccessKey", LocalS3.SECRET_KEY);
		Properties properties = new Properties();
		properties.putAll(Map.of("server.port", "0", "management.server.port", "0",
				"spring.lifecycle.timeout-per-shutdown-phase", "1s"));
		for (Properties some : settings) {
			properties.putAll(some);
		}
		return new RunningOrigin(new SpringApplication(OriginApplication.class).run(arguments(properties)));
	}

	private static String[] arguments(Properties properties) {
		return properties.stringPropertyNames()
			.stream()
			.map((name) -> "--" + name + "=" + properties.getProperty(name))
			.toArray(String[]::new);
	}

	/** The address of an image. */
	public URI image(String rawKey) {
		return URI.create("http://127.0.0.1:" + port() + "/proxy-image/" + rawKey);
	}

	public URI management(String path) {
		return URI.create("http://127.0.0.1:" + port("local.management.port") + path);
	}

	public HttpResponse<byte[]> get(URI uri, String... headers) throws IOException, InterruptedException {
		return send("GET", uri, headers);
	}

	public HttpResponse<byte[]> send(String method, URI uri, String... headers)
			throws IOException, InterruptedException {
		return send(method, uri, HttpRequest.BodyPublishers.noBody(), headers);
	}

	public HttpResponse<byte[]> post(URI uri, String body, String... headers) throws IOException, InterruptedException {
		return send("POST", uri, HttpRequest.BodyPublishers.ofString(body), headers);
	}

	private HttpResponse<byte[]> send(String method, URI uri, HttpRequest.BodyPublisher body, String... headers)
			throws IOException, InterruptedException {
		HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(PATIENCE).method(method, body);
		for (int i = 0; i < headers.length; i += 2) {
			request.header(headers[i], headers[i + 1]);
		}
		return this.client.send(request.build(), BodyHandlers.ofByteArray());
	}

	/**
	 * Sends bytes as they are and reads until the server closes or resets.
	 * @param request the lines of a request, which must ask for {@code Connection: close}
	 */
	public String raw(String request) throws IOException {
		ByteArrayOutputStream answer = new ByteArrayOutputStream();
		try (Socket socket = new Socket("127.0.0.1", port())) {
			socket.setSoTimeout((int) PATIENCE.toMillis());
			socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
			socket.getInputStream().transferTo(answer);
		}
		catch (SocketException ex) {
			// a server that refuses a long request does not read it to its end
		}
		return answer.toString(StandardCharsets.ISO_8859_1);
	}

	public int port() {
		return port("local.server.port");
	}

	private int port(String name) {
		return this.context.getEnvironment().getRequiredProperty(name, Integer.class);
	}

	/** How many requests have gone the ordinary way, through WebFlux, so far. */
	public double ordinaryRequests() throws IOException, InterruptedException {
		byte[] metrics = get(management("/actuator/prometheus")).body();
		return new String(metrics, StandardCharsets.UTF_8).lines()
			.filter((line) -> line.startsWith("http_server_requests_seconds_count") && !line.contains("actuator"))
			.mapToDouble((line) -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
			.sum();
	}

	/**
	 * What it says of the caches when it is asked for an image (RFC 9211); empty for
	 * nothing.
	 */
	public String cacheStatus(String key) throws IOException, InterruptedException {
		return get(image(key)).headers().firstValue("Cache-Status").orElse("");
	}

	/** Waits until it shares what it loads with its region. */
	public void awaitRegion() {
		await().atMost(PATIENCE)
			.until(() -> cacheStatus("absent/" + System.nanoTime()).startsWith("image-origin-regional; fwd=uri"));
	}

	/** A part of it, for tests of that part. */
	public <T> T bean(Class<T> type) {
		return this.context.getBean(type);
	}

	/** All its parts, and what each is made of. */
	public ConfigurableListableBeanFactory beans() {
		return this.context.getBeanFactory();
	}

	@Override
	public void close() {
		this.context.close();
	}

}
