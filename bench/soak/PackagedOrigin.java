import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;

import ai.doxle.imageorigin.harness.LocalS3;
import ai.doxle.imageorigin.harness.TokenIssuer;

/**
 * The packaged origin in a process of its own, with the container's options, and what the
 * system and its own meters say about it.
 */
final class PackagedOrigin implements AutoCloseable {

	private static final Duration PATIENCE = Duration.ofMinutes(3);

	private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

	private final TokenIssuer issuer = new TokenIssuer();

	private final String authorization = "Bearer "
			+ this.issuer.token((claims) -> claims.claim("scope", "images:admin"));

	private final int port;

	private final int managementPort;

	private final Path log;

	private final Process process;

	private PackagedOrigin(List<String> options, Properties settings) throws IOException {
		int[] ports = freePorts();
		this.port = ports[0];
		this.managementPort = ports[1];
		this.log = Files.createDirectories(Path.of("target", "soak")).resolve(this.port + ".log");
		Properties properties = new Properties();
		properties.putAll(this.issuer.originProperties());
		properties.setProperty("server.port", Integer.toString(this.port));
		properties.setProperty("management.server.port", Integer.toString(this.managementPort));
		properties.putAll(settings);
		this.process = new ProcessBuilder(command(options, properties)).redirectErrorStream(true)
			.redirectOutput(this.log.toFile())
			.start();
		Runtime.getRuntime().addShutdownHook(new Thread(this.process::destroyForcibly));
	}

	/** Starts one and waits until it is ready. */
	static PackagedOrigin start(Properties... settings) throws Exception {
		return start(List.of(), settings);
	}

	/**
	 * Likewise.
	 * @param options the JVM's, beside the container's
	 */
	static PackagedOrigin start(List<String> options, Properties... settings) throws Exception {
		Properties all = new Properties();
		for (Properties some : settings) {
			all.putAll(some);
		}
		PackagedOrigin origin = new PackagedOrigin(options, all);
		long deadline = System.nanoTime() + PATIENCE.toNanos();
		while (!origin.isReady()) {
			if (!origin.process.isAlive() || System.nanoTime() - deadline > 0) {
				throw new IOException("the origin is not ready: " + origin.log);
			}
			Thread.sleep(50);
		}
		return origin;
	}

	private static List<String> command(List<String> options, Properties properties) {
		List<String> command = new ArrayList<>(
				List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "@container/java.options",
						"-Xmx512m", "-XX:MaxDirectMemorySize=512m", "-Daws.accessKeyId=" + LocalS3.ACCESS_KEY,
						"-Daws.secretAccessKey=" + LocalS3.SECRET_KEY));
		Stream.of(System.getProperty("origin.options").split(" ")).filter((option) -> !option.isEmpty())
			.forEach(command::add);
		command.addAll(options);
		command.addAll(List.of("-jar", System.getProperty("origin.jar")));
		properties.forEach((name, value) -> command.add("--" + name + "=" + value));
		return command;
	}

	private static int[] freePorts() throws IOException {
		try (ServerSocket one = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
				ServerSocket two = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			return new int[] { one.getLocalPort(), two.getLocalPort() };
		}
	}

	boolean isReady() throws InterruptedException {
		try {
			return send("GET", management("/actuator/health/readiness")) == 200;
		}
		catch (IOException ex) {
			return false;
		}
	}

	/** Processor time so far. */
	double cpuSeconds() {
		return cpuSeconds(this.process.toHandle());
	}

	static double cpuSeconds(ProcessHandle process) {
		return process.info().totalCpuDuration().orElse(Duration.ZERO).toNanos() / 1e9;
	}

	int port() {
		return this.port;
	}

	int managementPort() {
		return this.managementPort;
	}

	URI image(String key) {
		return URI.create("http://127.0.0.1:" + this.port + "/proxy-image/" + key);
	}

	private URI management(String path) {
		return URI.create("http://127.0.0.1:" + this.managementPort + path);
	}

	private int send(String method, URI address) throws IOException, InterruptedException {
		return this.client.send(request(method, address), BodyHandlers.discarding()).statusCode();
	}

	private HttpRequest request(String method, URI address) {
		return HttpRequest.newBuilder(address)
			.timeout(PATIENCE)
			.header("Authorization", this.authorization)
			.method(method, HttpRequest.BodyPublishers.noBody())
			.build();
	}

	/** Which tiers hold an image, as JSON. */
	String find(String key) throws IOException, InterruptedException {
		return this.client
			.send(request("GET", management("/actuator/images?key=" + key)), BodyHandlers.ofString())
			.body();
	}

	/** Empties its caches. */
	void purge() throws IOException, InterruptedException {
		purge("prefix=projects");
	}

	/** Purges some images. */
	void purge(String selection) throws IOException, InterruptedException {
		int status = send("DELETE", management("/actuator/images?" + selection));
		if (status != 200) {
			throw new IOException("a purge answers " + status);
		}
	}

	/** The sum of all its series of these names. */
	long meter(String... names) throws IOException, InterruptedException {
		String metrics = this.client
			.send(HttpRequest.newBuilder(management("/actuator/prometheus")).timeout(PATIENCE).build(),
					BodyHandlers.ofString())
			.body();
		return (long) metrics.lines()
			.filter((line) -> Stream.of(names)
				.anyMatch((name) -> line.startsWith(name + "{") || line.startsWith(name + " ")))
			.mapToDouble((line) -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
			.sum();
	}

	/** How many open files have names that begin so. */
	long descriptors(String kind) {
		try (Stream<Path> files = Files.list(proc("fd"))) {
			return files.map(PackagedOrigin::target).filter((file) -> file.startsWith(kind)).count();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static String target(Path link) {
		try {
			return Files.readSymbolicLink(link).toString();
		}
		catch (IOException ex) {
			// it has just been closed
			return "";
		}
	}

	/** A line of its status, in MiB. */
	long mebibytes(String name) throws IOException {
		return Files.readAllLines(proc("status"))
			.stream()
			.filter((line) -> line.startsWith(name + ":"))
			.mapToLong((line) -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
			.sum();
	}

	private Path proc(String file) {
		return Path.of("/proc", Long.toString(this.process.pid()), file);
	}

	/** How many lines of its log have a level. */
	long lines(String level) throws IOException {
		try (Stream<String> lines = Files.lines(this.log, StandardCharsets.UTF_8)) {
			return lines.filter((line) -> line.contains(" " + level + " ")).count();
		}
	}

	@Override
	public void close() throws IOException {
		this.process.destroyForcibly().onExit().join();
		this.client.shutdownNow();
	}

}
