package ai.doxle.imageorigin.training;

import java.io.File;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A Redis server that keeps nothing on disk.
 */
final class TrainingRedis implements AutoCloseable {

	/** The property with the command that starts one, its words separated by blanks. */
	private static final String COMMAND = "training.redis";

	/** What Amazon Linux and Debian call it. */
	private static final List<String> PROGRAMS = List.of("redis6-server", "redis-server", "valkey-server");

	private static final int PATIENCE_TENTHS = 600;

	private final int port;

	private final Process process;

	private TrainingRedis(int port, Process process) {
		this.port = port;
		this.process = process;
	}

	/** It is there before the origin asks for it. */
	static TrainingRedis start() throws IOException, InterruptedException {
		int port = FreePort.find();
		List<String> command = new ArrayList<>(command());
		command.addAll(List.of("--port", String.valueOf(port), "--bind", "127.0.0.1", "--save", "", "--dir", "/tmp"));
		Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT)
			.redirectOutput(ProcessBuilder.Redirect.DISCARD)
			.start();
		for (int tenths = 0; tenths < PATIENCE_TENTHS && process.isAlive(); tenths++) {
			if (accepts(port)) {
				return new TrainingRedis(port, process);
			}
			Thread.sleep(100);
		}
		process.destroyForcibly();
		throw new IllegalStateException("Redis does not start: " + command);
	}

	int port() {
		return this.port;
	}

	@Override
	public void close() {
		this.process.destroyForcibly();
	}

	private static List<String> command() {
		String command = System.getProperty(COMMAND);
		return (command != null) ? List.of(command.split(" ", -1)) : List.of(installed());
	}

	private static String installed() {
		return PROGRAMS.stream()
			.filter(TrainingRedis::isInstalled)
			.findFirst()
			.orElseThrow(() -> new IllegalStateException("There is no Redis server on this machine: " + PROGRAMS));
	}

	private static boolean isInstalled(String program) {
		return Stream.of(System.getenv("PATH").split(Pattern.quote(File.pathSeparator), -1))
			.anyMatch((folder) -> Files.isExecutable(Path.of(folder, program)));
	}

	private static boolean accepts(int port) throws IOException {
		try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
			return socket.isConnected();
		}
		catch (ConnectException ex) {
			return false;
		}
	}

}
