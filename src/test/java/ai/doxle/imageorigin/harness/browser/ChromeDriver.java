package ai.doxle.imageorigin.harness.browser;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A chromedriver process.
 */
final class ChromeDriver implements AutoCloseable {

	private static final List<String> NAMES = List.of("chromedriver", "chromium-driver");

	private static final Pattern STARTED = Pattern.compile("started successfully on port (\\d+)");

	private final Process process;

	private final URI address;

	private ChromeDriver(Process process, URI address) {
		this.process = process;
		this.address = address;
	}

	/** The program, if it is on the path. */
	static Optional<Path> program() {
		return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
			.flatMap((folder) -> NAMES.stream().map((name) -> Path.of(folder, name)))
			.filter(Files::isExecutable)
			.findFirst();
	}

	/** Starts a process that listens on a free port of the loopback interface. */
	static ChromeDriver start(Path program) {
		try {
			Process process = new ProcessBuilder(program.toString(), "--port=0").redirectErrorStream(true).start();
			return new ChromeDriver(process, URI.create("http://127.0.0.1:" + port(process)));
		}
		catch (IOException ex) {
			throw new UncheckedIOException("chromedriver does not start", ex);
		}
	}

	URI address() {
		return this.address;
	}

	/** With the browsers that it has started. */
	@Override
	public void close() {
		ProcessHandle[] children = this.process.descendants().toArray(ProcessHandle[]::new);
		this.process.destroy();
		this.process.onExit().join();
		Arrays.stream(children).forEach(ProcessHandle::destroyForcibly);
	}

	private static String port(Process process) throws IOException {
		BufferedReader lines = new BufferedReader(
				new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
		for (String line = lines.readLine(); line != null; line = lines.readLine()) {
			Matcher started = STARTED.matcher(line);
			if (started.find()) {
				Thread.ofVirtual().start(() -> drain(process));
				return started.group(1);
			}
		}
		throw new IOException("chromedriver has ended");
	}

	private static void drain(Process process) {
		try {
			process.getInputStream().transferTo(OutputStream.nullOutputStream());
		}
		catch (IOException ex) {
			// it has ended
		}
	}

}
