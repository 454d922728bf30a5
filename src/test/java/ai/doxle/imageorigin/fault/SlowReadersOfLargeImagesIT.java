package ai.doxle.imageorigin.fault;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import ai.doxle.imageorigin.harness.OriginSettings;
import ai.doxle.imageorigin.harness.RunningOrigin;
import ai.doxle.imageorigin.harness.load.DelayedS3;
import ai.doxle.imageorigin.harness.load.GeneratedImage;
import ai.doxle.imageorigin.harness.load.PacedReader;
import ai.doxle.imageorigin.harness.load.PacedReader.Progress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Twice as many slow readers of images that are streamed from S3 as there may be
 * connections to it.
 */
class SlowReadersOfLargeImagesIT {

	private static final int CONNECTIONS = 8;

	private static final int READERS = 2 * CONNECTIONS;

	private static final int LARGE = 50 * 1024 * 1024;

	private static final int SMALL = 10 * 1024;

	private static final Duration PATIENCE = Duration.ofSeconds(30);

	/** Longer than the answer of a probe of S3 is kept. */
	private static final Duration SEVERAL_PROBES = Duration.ofSeconds(8);

	private final List<PacedReader> readers = new ArrayList<>();

	private DelayedS3 s3;

	private RunningOrigin origin;

	@AfterEach
	void stop() throws IOException {
		for (PacedReader reader : this.readers) {
			reader.close();
		}
		this.origin.close();
		this.s3.close();
	}

	@ParameterizedTest(name = "memory tier of {0}")
	@ValueSource(strings = { "32MB", "0" })
	void leaveTurnsForColdImages(String memory) throws Exception {
		start(memory);
		for (int i = 0; i < 2 * CONNECTIONS; i++) {
			GeneratedImage image = GeneratedImage.in("projects/cold/" + i, SMALL);
			HttpResponse<byte[]> answer = this.origin.get(this.origin.image(image.key()));
			assertThat(answer.statusCode()).as(image.key()).isEqualTo(200);
			assertThat(answer.body()).isEqualTo(image.bytes());
			readALittle();
		}
		assertThat(this.readers).allMatch(SlowReadersOfLargeImagesIT::isServedOrToldToWait);
	}

	@Test
	void leaveTheOriginReady() throws Exception {
		start("0");
		await().during(SEVERAL_PROBES).atMost(SEVERAL_PROBES.plus(PATIENCE)).until(() -> {
			readALittle();
			return this.origin.get(this.origin.management("/actuator/health/readiness")).statusCode() == 200;
		});
	}

	/** Not all of them are served at once. */
	@Test
	void getTheRightBytes() throws Exception {
		start("32MB");
		PacedReader served = this.readers.stream()
			.filter((reader) -> reader.progress() == Progress.READING)
			.findFirst()
			.orElseThrow();
		assertThat(served.readToEnd(PATIENCE)).isEqualTo(Progress.WHOLE);
	}

	private void start(String memory) throws Exception {
		this.s3 = new DelayedS3();
		Properties settings = OriginSettings.open()
			.with("image-origin.cache.memory.max-size", memory)
			.with("image-origin.store.max-connections", String.valueOf(CONNECTIONS))
			.with("image-origin.store.first-byte-timeout", "5s");
		this.origin = RunningOrigin.start(this.s3.originProperties(), settings);
		for (int i = 0; i < READERS; i++) {
			this.readers.add(new PacedReader(this.origin.port(), GeneratedImage.in("projects/" + i + "/large", LARGE)));
		}
		for (PacedReader reader : this.readers) {
			reader.readUntil(1, Duration.ofMillis(500));
		}
	}

	private void readALittle() {
		this.readers.forEach((reader) -> reader.read(1000));
	}

	private static boolean isServedOrToldToWait(PacedReader reader) {
		return switch (reader.progress()) {
			case WAITING, READING -> true;
			case REFUSED -> reader.head().startsWith("HTTP/1.1 503") && reader.head().contains("\r\nRetry-After: ");
			default -> false;
		};
	}

}
