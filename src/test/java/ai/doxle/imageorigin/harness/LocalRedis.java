package ai.doxle.imageorigin.harness;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.TimeUnit;

import org.springframework.util.FileSystemUtils;
import redis.embedded.core.ExecutableProvider;

/**
 * A real redis-server in a process of its own, which tests may stop, kill and start
 * again. It keeps nothing on disk.
 */
public final class LocalRedis implements AutoCloseable {

	/** Where it listens. */
	private static final String HOST = "127.0.0.1";

	private static final int PATIENCE_SECONDS = 10;

	private final List<String> settings = new ArrayList<>();

	private final int port;

	private Process process;

	/** Of the server that runs now: a replica, or a node of a cluster, writes files. */
	private Path folder;

	private LocalRedis(List<String> settings) throws IOException {
		this.port = freePort();
		this.settings.addAll(List.of("bind " + HOST, "port " + this.port, "save \"\"", "appendonly no"));
		this.settings.addAll(settings);
		this.process = launch();
		Runtime.getRuntime().addShutdownHook(new Thread(this::kill));
	}

	/**
	 * Starts a server on a free port of the loopback interface, and waits until it
	 * answers.
	 * @param settings more lines for its redis.conf, such as {@code maxmemory 8mb}
	 */
	public static LocalRedis start(String... settings) {
		try {
			return new LocalRedis(List.of(settings));
		}
		catch (IOException ex) {
			throw new UncheckedIOException("redis-server does not start", ex);
		}
	}

	public String host() {
		return HOST;
	}

	public int port() {
		return this.port;
	}

	/** The process id of the server that runs now. */
	public long pid() {
		return this.process.pid();
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

	/** Ends the process at once (SIGKILL); what it held is lost. */
	public void kill() {
		this.process.destroyForcibly().onExit().join();
		FileSystemUtils.deleteRecursively(this.folder.toFile());
	}

	/** Starts an empty server on the same port, where the last one was killed. */
	public void restart() {
		kill();
		try {
			this.process = launch();
		}
		catch (IOException ex) {
			throw new UncheckedIOException("redis-server does not start again", ex);
		}
	}

	/** The properties that have the origin use this server. */
	public Properties originProperties() {
		return originProperties(HOST, this.port);
	}

	/** The properties that have the origin use the server at an address. */
	static Properties originProperties(String host, int port) {
		Properties properties = new Properties();
		properties.setProperty("spring.data.redis.host", host);
		properties.setProperty("spring.data.redis.port", Integer.toString(port));
		properties.setProperty("image-origin.cache.redis.enabled", "true");
		return properties;
	}

	@Override
	public void close() {
		kill();
	}

	private Process launch() throws IOException {
		this.folder = Files.createTempDirectory("image-origin-redis");
		Process server = new ProcessBuilder(Executable.PATH, "-").redirectErrorStream(true)
			.redirectOutput(ProcessBuilder.Redirect.DISCARD)
			.start();
		try (OutputStream conf = server.getOutputStream()) {
			conf.write((String.join("\n", this.settings) + "\ndir " + this.folder).getBytes(StandardCharsets.UTF_8));
		}
		awaitAnswer(server);
		return server;
	}

	private void awaitAnswer(Process server) throws IOException {
		long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
		while (!answers()) {
			if (!server.isAlive() || System.nanoTime() > deadline) {
				server.destroyForcibly();
				throw new IOException("no answer from redis-server with " + this.settings);
			}
			Thread.onSpinWait();
		}
	}

	private boolean answers() {
		try (Socket socket = new Socket(HOST, this.port)) {
			socket.setSoTimeout(1_000);
			socket.getOutputStream().write("PING\r\n".getBytes(StandardCharsets.US_ASCII));
			return socket.getInputStream().read() == '+';
		}
		catch (IOException ex) {
			return false;
		}
	}

	private void signal(String name) {
		try {
			new ProcessBuilder("kill", "-" + name, Long.toString(pid())).inheritIO().start().onExit().join();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static int freePort() throws IOException {
		try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			return socket.getLocalPort();
		}
	}

	/**
	 * The redis-server of the library's jar, unpacked once, or another one, such as
	 * Valkey's, by the system property {@code redis-server}.
	 */
	private static final class Executable {

		static final String PATH = System.getProperty("redis-server", unpack());

		private static String unpack() {
			try {
				return ExecutableProvider.newJarResourceProvider().get().getPath();
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}

	}

}
