package ai.doxle.imageorigin.fault;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import ai.doxle.imageorigin.harness.LocalS3;
import ai.doxle.imageorigin.harness.OriginSettings;
import ai.doxle.imageorigin.harness.RunningOrigin;
import ai.doxle.imageorigin.harness.SampleImages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What readers of a long answer see when the origin is told to end.
 */
class GracefulShutdownIT {

	private static final byte[] OBJECT = SampleImages.large().bytes();

	private static final String HELD = SampleImages.BLOCK + "held.png";

	/** Small enough for the memory tier, larger than what sockets take at once. */
	private static final byte[] IMAGE = SampleImages.noise(1600, 7);

	private LocalS3 s3;

	@BeforeEach
	void start() {
		this.s3 = LocalS3.start("images");
		this.s3.put(SampleImages.LARGE, "image/png", OBJECT);
	}

	@AfterEach
	void stop() {
		this.s3.close();
	}

	@Test
	void letsAnswersUnderWayEndAndTakesNoNewOnes() throws Exception {
		RunningOrigin origin = origin("60s");
		try (Socket reader = read(origin.port())) {
			CompletableFuture<Void> ending = CompletableFuture.runAsync(origin::close);
			await().until(() -> refuses(origin.port()));
			assertThat(ending).isNotDone();
			byte[] answer = reader.getInputStream().readAllBytes();
			assertThat(Arrays.copyOfRange(answer, answer.length - OBJECT.length, answer.length)).isEqualTo(OBJECT);
			await().until(ending::isDone);
		}
	}

	@Test
	void cutsAnswersThatOutlastTheLimit() throws Exception {
		RunningOrigin origin = origin("500ms");
		try (Socket reader = read(origin.port())) {
			origin.close();
			assertThat(rest(reader)).isLessThan(OBJECT.length);
		}
	}

	@Test
	void letsAnswersFromMemoryEndAndTheirConnectionsWithThem() throws Exception {
		RunningOrigin origin = origin("60s");
		hold(origin);
		try (Socket idle = new Socket("127.0.0.1", origin.port()); Socket reader = read(origin.port(), HELD, "")) {
			CompletableFuture<Void> ending = CompletableFuture.runAsync(origin::close);
			await().until(() -> refuses(origin.port()));
			assertThat(idle.getInputStream().read()).isEqualTo(-1);
			assertThat(ending).isNotDone();
			byte[] answer = reader.getInputStream().readAllBytes();
			assertThat(Arrays.copyOfRange(answer, answer.length - IMAGE.length, answer.length)).isEqualTo(IMAGE);
			await().until(ending::isDone);
		}
	}

	@Test
	void cutsAnswersFromMemoryThatOutlastTheLimit() throws Exception {
		RunningOrigin origin = origin("500ms");
		hold(origin);
		try (Socket reader = read(origin.port(), HELD, "")) {
			origin.close();
			assertThat(rest(reader)).isLessThan(IMAGE.length);
		}
	}

	/** Has an image in memory. */
	private void hold(RunningOrigin origin) {
		this.s3.put(HELD, "image/png", IMAGE);
		await().atMost(Duration.ofMinutes(1))
			.until(() -> origin.get(origin.image(HELD)).headers().firstValue("cache-status").orElse(""),
					"image-origin-memory; hit"::equals);
	}

	private RunningOrigin origin(String limit) {
		Properties settings = OriginSettings.open().with("spring.lifecycle.timeout-per-shutdown-phase", limit);
		return RunningOrigin.start(this.s3.originProperties(0), settings);
	}

	/** Asks for the large image, with a window too small for most of it. */
	private static Socket read(int port) throws IOException {
		return read(port, SampleImages.LARGE, "Connection: close\r\n");
	}

	private static Socket read(int port, String key, String headers) throws IOException {
		Socket socket = new Socket();
		socket.setReceiveBufferSize(16 * 1024);
		socket.setSoTimeout(30_000);
		socket.connect(new InetSocketAddress("127.0.0.1", port));
		String request = "GET /proxy-image/" + key + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n";
		socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
		assertThat(socket.getInputStream().readNBytes(12)).asString().isEqualTo("HTTP/1.1 200");
		return socket;
	}

	private static boolean refuses(int port) {
		try (Socket socket = new Socket("127.0.0.1", port)) {
			return !socket.isConnected();
		}
		catch (IOException ex) {
			return true;
		}
	}

	private static long rest(Socket reader) throws IOException {
		InputStream stream = reader.getInputStream();
		byte[] piece = new byte[64 * 1024];
		long length = 0;
		try {
			for (int read = stream.read(piece); read >= 0; read = stream.read(piece)) {
				length += read;
			}
		}
		catch (SocketException ex) {
			// cut with a reset
		}
		return length;
	}

}
