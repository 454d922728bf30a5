package ai.doxle.imageorigin.fault;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Properties;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import ai.doxle.imageorigin.harness.LocalS3;
import ai.doxle.imageorigin.harness.OriginSettings;
import ai.doxle.imageorigin.harness.RunningOrigin;
import ai.doxle.imageorigin.harness.SampleImages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Readers that take their answer slowly, and readers that do not take it, of an image in
 * memory and of one that is streamed. The send timeout is 2 s.
 */
class SlowReadersIT {

	private static final String HELD = SampleImages.BLOCK + "held.png";

	private static final String STREAMED = SampleImages.BLOCK + "streamed.png";

	private static final Map<String, byte[]> images = Map.of(HELD, SampleImages.noise(1600, 7), STREAMED,
			SampleImages.noise(1800, 8));

	private static LocalS3 s3;

	private static RunningOrigin origin;

	@BeforeAll
	static void start() {
		s3 = LocalS3.start("images");
		images.forEach((key, image) -> s3.put(key, "image/png", image));
		Properties settings = OriginSettings.open().with("image-origin.send-timeout", "2s");
		origin = RunningOrigin.start(s3.originProperties(0), settings);
		await().atMost(Duration.ofMinutes(1))
			.until(() -> origin.get(origin.image(HELD)).headers().firstValue("cache-status").orElse(""),
					"image-origin-memory; hit"::equals);
	}

	@AfterAll
	static void stop() {
		origin.close();
		s3.close();
	}

	@ParameterizedTest
	@ValueSource(strings = { "held.png", "streamed.png" })
	void cutsAReaderThatTakesNothing(String name) throws Exception {
		try (Socket reader = ask(name)) {
			assertThat(reader.getInputStream().readNBytes(12)).asString().isEqualTo("HTTP/1.1 200");
			await().atMost(Duration.ofSeconds(30)).until(() -> isReset(reader));
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "held.png", "streamed.png" })
	void servesAReaderThatTakesALittleNowAndThen(String name) throws Exception {
		byte[] image = images.get(SampleImages.BLOCK + name);
		try (Socket reader = ask(name)) {
			ByteArrayOutputStream answer = new ByteArrayOutputStream();
			for (int i = 0; i < 6; i++) {
				answer.write(reader.getInputStream().readNBytes(16 * 1024));
				Thread.sleep(1000);
			}
			int rest = head(answer.toByteArray()) + image.length - answer.size();
			answer.write(reader.getInputStream().readNBytes(rest));
			byte[] bytes = answer.toByteArray();
			assertThat(Arrays.copyOfRange(bytes, head(bytes), bytes.length)).isEqualTo(image);
		}
	}

	/** The length of a head. */
	private static int head(byte[] answer) {
		return new String(answer, StandardCharsets.ISO_8859_1).indexOf("\r\n\r\n") + 4;
	}

	/** Asks for an image, with a window too small for most of it. */
	private static Socket ask(String name) throws IOException {
		Socket socket = new Socket();
		socket.setReceiveBufferSize(16 * 1024);
		socket.setSoTimeout(30_000);
		socket.connect(new InetSocketAddress("127.0.0.1", origin.port()));
		String request = "GET /proxy-image/" + SampleImages.BLOCK + name + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
		socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
		return socket;
	}

	/** A connection that was reset takes nothing more. */
	private static boolean isReset(Socket socket) {
		try {
			socket.getOutputStream().write('\n');
			return false;
		}
		catch (IOException ex) {
			return true;
		}
	}

}
