package ai.doxle.imageorigin.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

import ai.doxle.imageorigin.OriginApplication;

/**
 * An origin in a process of its own, which tests may end in every way there is.
 */
public final class OriginProcess implements AutoCloseable {

	private static final Duration PATIENCE = Duration.ofSeconds(60);

	private static final Duration LOOK = Duration.ofMillis(20);

	private final int port;

	private final int managementPort;

	private final Process process;

	private final Path log;

	private OriginProcess(int[] ports, Process process, Path log) {
		this.port = ports[0];
		this.managementPort = ports[1];
		this.process = process;
		this.log = log;
		Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
	}

	/**
	 * Starts an origin and waits until it is ready.
	 * @param settings properties, the later ones over the earlier ones
	 */
	public static OriginProcess start(Properties... settings) {
		return start(List.of(), settings);
	}

	/**
	 * Starts an origin in a JVM with options, and waits until it is ready.
	 * @param options the JVM's
	 * @param settings properties, the later ones over the earlier ones
	 */
	public static OriginProcess start(List<String> options, Properties... settings) {
		int[] ports = freePorts();
		Properties properties = new Properties();
		properties.setProperty("server.port", Integer.toString(ports[0]));
		properties.setProperty("management.server.port", Integer.toString(ports[1]));
		for (Properties some : settings) {
			properties.putAll(some);
		}
		try {
			Path log = Files.createDirectories(Path.of("target", "origin-process")).resolve(ports[0] + ".log");
			OriginProcess origin = new OriginProcess(ports, launch(options, properties, log), log);
			origin.awaitReady();
			return origin;
		}
		catch (IOException ex) {
			throw new UncheckedIOException("the origin does not start", ex);
		}
	}

	private static Process launch(List<String> options, Properties properties, Path log) throws IOException {
		List<String> command = new ArrayList<>(
				List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx256m",
						"--enable-native-access=ALL-UNNAMED"));
		command.addAll(options);
		command.addAll(List.of("-Daws.accessKeyId=" + LocalS3.ACCESS_KEY, "-Daws.secretAccessKey=" + LocalS3.SECRET_KEY,
				"-cp", System.getProperty("java.class.path"), OriginApplication.class.getName()));
		properties.forEach((name, value) -> command.add("--" + name + "=" + value));
		return new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
	}

	private static int[] freePorts() {
		try (ServerSocket one = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
				ServerSocket two = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			return new int[] { one.getLocalPort(), two.getLocalPort() };
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private void awaitReady() throws IOException {
		URI readiness = management("/actuator/health/readiness");
		long deadline = System.nanoTime() + PATIENCE.toNanos();
		while (!isReady(readiness)) {
			if (!this.process.isAlive() || System.nanoTime() > deadline) {
				this.process.destroyForcibly();
				throw new IOException("the origin is not ready");
			}
			LockSupport.parkNanos(LOOK.toNanos());
		}
	}

	private static boolean isReady(URI readiness) {
		try (HttpClient client = HttpClient.newHttpClient()) {
			return client.send(HttpRequest.newBuilder(readiness).timeout(PATIENCE).build(), BodyHandlers.discarding())
				.statusCode() == 200;
		}
		catch (IOException ex) {
			return false;
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/** The address of an image. */
	public URI image(String rawKey) {
		return URI.create("http://127.0.0.1:" + this.port + "/proxy-image/" + rawKey);
	}

	/** Whether the process has not ended. */
	public boolean isAlive() {
		return this.process.isAlive();
	}

	/** An address on the management port. */
	public URI management(String path) {
		return URI.create("http://127.0.0.1:" + this.managementPort + path);
	}

	/** Everything that it has logged. */
	public String log() throws IOException {
		return Files.readString(this.log);
	}

	/**
	 * Stops the process without ending it (SIGSTOP): connections stay, answers do not
	 * come.
	 */
	public void pause() {
		signal("STOP");
	}

	/** Lets a paused process go on (SIGCONT). */
	public void resume() {
		signal("CONT");
	}

	private void signal(String name) {
		try {
			new ProcessBuilder("kill", "-" + name, Long.toString(this.process.pid())).inheritIO()
				.start()
				.onExit()
				.join();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/** Ends the process at once (SIGKILL). */
	public void kill() {
		this.process.destroyForcibly().onExit().join();
	}

	/** Tells the process to end (SIGTERM), and does not wait. */
	public void terminate() {
		this.process.destroy();
	}

	/** Whether it ends, by itself, within a minute. */
	public boolean ends() throws InterruptedException {
		return this.process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS);
	}

	/** Ends it, and repeats its warnings where those of the test are. */
	@Override
	public void close() {
		if (!this.process.isAlive()) {
			System.out.println("The origin has ended: " + this.process.exitValue());
		}
		kill();
		try (Stream<String> lines = Files.lines(this.log)) {
			lines.filter((line) -> line.contains(" WARN ") || line.contains(" ERROR ")).forEach(System.out::println);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
