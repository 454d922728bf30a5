package ai.doxle.imageorigin.fault;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.IntStream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInfo;

import ai.doxle.imageorigin.harness.Crowd;
import ai.doxle.imageorigin.harness.Crowd.End;
import ai.doxle.imageorigin.harness.Crowd.Response;
import ai.doxle.imageorigin.harness.FaultyS3;
import ai.doxle.imageorigin.harness.LocalRedis;
import ai.doxle.imageorigin.harness.OriginSettings;
import ai.doxle.imageorigin.harness.RunningOrigin;
import ai.doxle.imageorigin.harness.SampleImages;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A region of real servers in which something fails, and readers who compare every byte.
 * Prints the outcome of each fault in a line.
 */
abstract class FaultTable {

	static final byte[] IMAGE = SampleImages.noise(1000, 1);

	static final byte[] OTHER = SampleImages.noise(900, 2);

	static final Map<String, byte[]> VERSIONS = Map.of("\"one\"", IMAGE, "\"two\"", OTHER);

	/** How long a load of the image takes, about, where it is slowed down. */
	static final Duration PAUSE = Duration.ofMillis(40);

	final List<RunningOrigin> origins = new ArrayList<>();

	final Crowd crowd = new Crowd(VERSIONS);

	FaultyS3 s3;

	LocalRedis redis;

	private String fault;

	@BeforeEach
	void start(TestInfo test) throws Exception {
		String method = test.getTestMethod().orElseThrow().getName();
		this.fault = test.getDisplayName().startsWith(method) ? method : method + " " + test.getDisplayName();
		this.s3 = new FaultyS3(IMAGE);
		this.redis = LocalRedis.start();
	}

	@AfterEach
	void stop() throws Exception {
		this.crowd.close();
		this.origins.forEach(RunningOrigin::close);
		this.redis.close();
		this.s3.close();
	}

	RunningOrigin join(Properties... more) {
		RunningOrigin origin = start(more);
		origin.awaitRegion();
		return origin;
	}

	RunningOrigin start(Properties... more) {
		Properties all = new Properties();
		for (Properties some : more) {
			all.putAll(some);
		}
		RunningOrigin origin = RunningOrigin.start(this.s3.originProperties(0), this.redis.originProperties(), open(),
				all);
		this.origins.add(origin);
		return origin;
	}

	static Properties open() {
		Properties settings = OriginSettings.open();
		// machines that run tests are busy
		settings.setProperty("image-origin.cache.redis.command-timeout", "2s");
		settings.setProperty("image-origin.store.first-byte-timeout", "6s");
		settings.setProperty("image-origin.store.idle-timeout", "1s");
		return settings;
	}

	static Properties withoutMemory() {
		Properties settings = new Properties();
		settings.setProperty("image-origin.cache.memory.max-size", "0");
		return settings;
	}

	/** Waits for all readers; all shall have the whole image. */
	void assertAllWhole() {
		assertThat(outcome()).allMatch((response) -> response.end() == End.WHOLE);
	}

	List<Response> outcome() {
		List<Response> responses = this.crowd.responses();
		System.out.printf("fault: %-62s %s%n", this.fault, Crowd.summary(responses));
		return responses;
	}

	static List<String> names(String prefix, int count) {
		return IntStream.range(0, count).mapToObj((i) -> prefix + i + ".png").toList();
	}

}
