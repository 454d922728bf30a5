package ai.doxle.imageorigin.fault;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import ai.doxle.imageorigin.harness.Crowd;
import ai.doxle.imageorigin.harness.OriginSettings;
import ai.doxle.imageorigin.harness.RunningOrigin;
import ai.doxle.imageorigin.harness.load.DelayedS3;
import ai.doxle.imageorigin.harness.load.GeneratedImage;
import ai.doxle.imageorigin.harness.load.PacedReader;
import ai.doxle.imageorigin.harness.load.PacedReader.Progress;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Readers that take next to nothing of large images, far more than the memory for images
 * holds, while others ask for cold ones.
 */
class IdleReadersIT {

	private static final int KIB = 1024;

	private static final int IDLE = 24;

	private static final int CROWD = 40;

	private static final Duration PATIENCE = Duration.ofSeconds(60);

	private final List<PacedReader> idle = new ArrayList<>();

	private DelayedS3 s3;

	private RunningOrigin origin;

	@BeforeEach
	void start() throws Exception {
		this.s3 = new DelayedS3();
		Properties settings = OriginSettings.open()
			.with("image-origin.cache.memory.max-size", "32MB")
			.with("image-origin.cache.load-size", "8MB");
		this.origin = RunningOrigin.start(this.s3.originProperties(), settings);
		for (int i = 0; i < IDLE; i++) {
			PacedReader reader = new PacedReader(this.origin.port(),
					GeneratedImage.in("projects/idle/" + i, 4096 * KIB));
			this.idle.add(reader);
			assertThat(reader.readUntil(1, PATIENCE)).isEqualTo(Progress.READING);
		}
		// a crowd comes together, and an image takes long enough to be joined
		this.s3.delay(Duration.ofMillis(300)).pause(Duration.ofMillis(5));
	}

	@AfterEach
	void stop() throws IOException {
		for (PacedReader reader : this.idle) {
			reader.close();
		}
		this.origin.close();
		this.s3.close();
	}

	@Test
	void doNotKeepCrowdsFromSharingOneReadOfS3() throws Exception {
		List<GeneratedImage> images = images();
		try (Crowd crowd = new Crowd(versions(images))) {
			for (GeneratedImage image : images) {
				crowd.ask(CROWD, address(image));
				List<Crowd.Response> responses = crowd.responses();
				assertThat(responses).as(Crowd.summary(responses))
					.allMatch((response) -> response.end() == Crowd.End.WHOLE);
				this.idle.forEach((reader) -> reader.read(1));
			}
		}
		Map<String, Long> reads = images.stream()
			.collect(Collectors.toMap(GeneratedImage::key, (image) -> this.s3.gets(image.key())));
		assertThat(reads.values()).as("reads of S3 for each image").containsOnly(1L);
	}

	/** Or their connection is cut, for all to see. */
	@Test
	void getTheRightBytesWhenTheyReadOn() throws Exception {
		List<GeneratedImage> images = images();
		try (Crowd crowd = new Crowd(versions(images))) {
			images.forEach((image) -> crowd.ask(1, address(image)));
			crowd.responses();
		}
		for (PacedReader reader : this.idle) {
			assertThat(reader.readToEnd(PATIENCE)).isIn(Progress.WHOLE, Progress.CUT);
		}
	}

	private URI address(GeneratedImage image) {
		return this.origin.image(image.key());
	}

	/** Small ones and larger ones in turn. */
	private static List<GeneratedImage> images() {
		return IntStream.range(0, 6)
			.boxed()
			.flatMap((i) -> Stream.of(GeneratedImage.in("projects/cold/" + i, 100 * KIB),
					GeneratedImage.in("projects/cold/" + i, 2048 * KIB)))
			.toList();
	}

	private static Map<String, byte[]> versions(List<GeneratedImage> images) {
		return images.stream().collect(Collectors.toMap(GeneratedImage::tag, GeneratedImage::bytes, (one, _) -> one));
	}

}
