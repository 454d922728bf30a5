package ai.doxle.imageorigin.fault;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Properties;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import ai.doxle.imageorigin.harness.FaultyS3;
import ai.doxle.imageorigin.harness.FaultyS3.Fault;
import ai.doxle.imageorigin.harness.OriginSettings;
import ai.doxle.imageorigin.harness.RunningOrigin;
import ai.doxle.imageorigin.harness.SampleImages;

import static ai.doxle.imageorigin.harness.ResponseAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * What readers see when S3 fails: the right status or a cut connection, never wrong
 * bytes.
 */
class S3FaultsIT {

	private static final byte[] OBJECT = SampleImages.small().get(SampleImages.BLOCK + "floor.png").bytes();

	private FaultyS3 s3;

	private RunningOrigin origin;

	@BeforeEach
	void start() throws IOException {
		this.s3 = new FaultyS3(OBJECT);
		this.origin = RunningOrigin.start(this.s3.originProperties(0), settings());
	}

	@AfterEach
	void stop() throws IOException {
		this.origin.close();
		this.s3.close();
	}

	private static Properties settings() {
		Properties properties = OriginSettings.open();
		// every request shall meet the fault
		properties.setProperty("image-origin.cache.memory.max-size", "0");
		// longer than the SDK's pause before it asks a throttled bucket again
		properties.setProperty("image-origin.store.first-byte-timeout", "3s");
		properties.setProperty("image-origin.store.idle-timeout", "1s");
		return properties;
	}

	@ParameterizedTest
	@CsvSource({ "HANGS_BEFORE_HEAD, 504", "SLOW_DOWN, 503", "INTERNAL_ERROR, 502", "ACCESS_DENIED, 502",
			"CLOCK_SKEW, 502" })
	void answersWhatIsWrongWithoutSayingWhere(Fault fault, int status) throws Exception {
		this.s3.failAlways(fault);
		HttpResponse<byte[]> response = this.origin.get(this.origin.image("a.png"));
		assertThat(response).hasStatus(status)
			.hasHeader("Cache-Control", "no-store")
			.hasHeader("Content-Type", "application/problem+json");
		assertThat(new String(response.body(), StandardCharsets.UTF_8)).doesNotContain("bucket", "secret", "Exception");
	}

	@Test
	void givesUpOnARangeThatIsNotLoadedInTime() throws Exception {
		this.s3.failAlways(Fault.HANGS_IN_BODY);
		try (RunningOrigin impatient = RunningOrigin.start(this.s3.originProperties(0), impatience())) {
			HttpResponse<byte[]> response = impatient.get(impatient.image("a.png"), "Range", "bytes=-100");
			assertThat(response).hasStatus(504).hasNoHeader("Content-Range").hasNoHeader("ETag");
			assertThat(response.headers().allValues("Cache-Control")).containsExactly("no-store");
		}
	}

	@Test
	void countsWhatIsNotAnsweredInTime() throws Exception {
		this.s3.failAlways(Fault.HANGS_BEFORE_HEAD);
		try (RunningOrigin impatient = RunningOrigin.start(this.s3.originProperties(0), impatience())) {
			assertThat(impatient.get(impatient.image("a.png")).statusCode()).isEqualTo(504);
			byte[] metrics = impatient.get(impatient.management("/actuator/prometheus")).body();
			assertThat(new String(metrics, StandardCharsets.UTF_8))
				.contains("image_origin_requests_total{result=\"failed\",tier=\"none\"} 1.0");
		}
	}

	@Test
	void letsABodyThatHasBegunTakeItsTime() throws Exception {
		byte[] image = SampleImages.noise(400, 3);
		try (FaultyS3 slow = new FaultyS3(image);
				RunningOrigin impatient = RunningOrigin.start(slow.originProperties(0), impatience())) {
			slow.pace(Duration.ofMillis(400));
			HttpResponse<byte[]> response = impatient.get(impatient.image("a.png"));
			assertThat(response).hasStatus(200).hasBody(image);
		}
	}

	/** S3 may take its time, answers may not. */
	private static Properties impatience() {
		Properties properties = OriginSettings.open()
			.with("image-origin.response-timeout", "1s")
			.with("image-origin.store.idle-timeout", "10m");
		return properties;
	}

	@ParameterizedTest
	@EnumSource(names = { "HANGS_IN_BODY", "RESETS_IN_BODY", "ENDS_SHORT" })
	void resumesABrokenBody(Fault fault) throws Exception {
		this.s3.failNext(fault, fault, fault);
		HttpResponse<byte[]> response = this.origin.get(this.origin.image("a.png"));
		assertThat(response).hasStatus(200).hasBody(OBJECT);
		assertThat(this.s3.gets()).isEqualTo(4);
	}

	@Test
	void noticesAnEarlyEndWithoutWaiting() throws Exception {
		Properties patient = settings();
		patient.setProperty("image-origin.store.idle-timeout", "10m");
		try (RunningOrigin other = RunningOrigin.start(this.s3.originProperties(0), patient)) {
			this.s3.failNext(Fault.ENDS_SHORT);
			assertThat(other.get(other.image("a.png")).body()).isEqualTo(OBJECT);
		}
	}

	@ParameterizedTest
	@EnumSource(names = { "HANGS_IN_BODY", "RESETS_IN_BODY", "ENDS_SHORT" })
	void cutsTheConnectionWhenABodyKeepsBreaking(Fault fault) {
		this.s3.failAlways(fault);
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> this.origin.get(this.origin.image("a.png")));
	}

	@Test
	void cutsTheConnectionWhenTheRestIsOfAnotherVersion() {
		this.s3.failNext(Fault.RESETS_IN_BODY);
		this.s3.failAlways(Fault.OTHER_VERSION);
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> this.origin.get(this.origin.image("a.png")));
	}

	@Test
	void asksTheNextBucketBeforeItSaysAbsentOrIll() throws Exception {
		try (FaultyS3 replica = new FaultyS3(OBJECT);
				RunningOrigin both = RunningOrigin.start(this.s3.originProperties(0), replica.originProperties(1),
						settings())) {
			for (Fault fault : Stream.of(Fault.INTERNAL_ERROR, Fault.ACCESS_DENIED, Fault.HANGS_BEFORE_HEAD).toList()) {
				this.s3.failAlways(fault);
				assertThat(both.get(both.image("a.png")).body()).isEqualTo(OBJECT);
			}
			this.s3.failAlways(Fault.NONE);
			assertThat(both.get(both.image("absent")).statusCode()).isEqualTo(404);
			replica.failAlways(Fault.INTERNAL_ERROR);
			assertThat(both.get(both.image("absent")).statusCode()).isEqualTo(502);
		}
	}

	@Test
	void opensTheBreakerAndRecovers() throws Exception {
		this.s3.failAlways(Fault.INTERNAL_ERROR);
		for (int i = 0; i < 20; i++) {
			this.origin.get(this.origin.image("a.png"));
		}
		int asked = this.s3.gets();
		HttpResponse<byte[]> refused = this.origin.get(this.origin.image("a.png"));
		assertThat(refused).hasStatus(503);
		assertThat(refused.headers().firstValue("Retry-After")).isPresent();
		assertThat(this.s3.gets()).isEqualTo(asked);
		assertThat(this.origin.get(this.origin.management("/actuator/health/readiness")).statusCode()).isEqualTo(503);
		assertThat(this.origin.get(this.origin.management("/actuator/health/liveness")).statusCode()).isEqualTo(200);
		this.s3.failAlways(Fault.NONE);
		Thread.sleep(5_500);
		assertThat(this.origin.get(this.origin.image("a.png")).body()).isEqualTo(OBJECT);
	}

	@ParameterizedTest
	@EnumSource(names = { "HANGS_BEFORE_HEAD", "INTERNAL_ERROR" })
	void isNotReadyWithoutS3AlthoughNobodyAsked(Fault fault) throws Exception {
		this.s3.failAlways(fault);
		assertThat(readiness(this.origin)).isEqualTo(503);
		try (FaultyS3 replica = new FaultyS3(OBJECT);
				RunningOrigin both = RunningOrigin.start(this.s3.originProperties(0), replica.originProperties(1),
						settings())) {
			assertThat(readiness(both)).isEqualTo(200);
		}
		assertThat(this.s3.gets()).isZero();
		this.s3.failAlways(Fault.NONE);
		await().atMost(Duration.ofSeconds(30)).until(() -> readiness(this.origin) == 200);
	}

	@Test
	void staysReadyWhenTheRoleMayNotList() throws Exception {
		this.s3.failAlways(Fault.ACCESS_DENIED);
		assertThat(readiness(this.origin)).isEqualTo(200);
	}

	@ParameterizedTest
	@EnumSource(names = { "HANGS_BEFORE_HEAD", "INTERNAL_ERROR" })
	void staysReadyWithoutS3WhileImagesAreCached(Fault fault) throws Exception {
		try (RunningOrigin caching = RunningOrigin.start(this.s3.originProperties(0), settings(), withMemory())) {
			this.s3.failAlways(fault);
			assertThat(readiness(caching)).isEqualTo(503);
			this.s3.failAlways(Fault.NONE);
			await().atMost(Duration.ofSeconds(30)).until(() -> readiness(caching) == 200);
			assertThat(caching.get(caching.image("a.png")).body()).isEqualTo(OBJECT);
			this.s3.failAlways(fault);
			int asked = this.s3.requests();
			// S3 is asked again only after a while
			await().atMost(Duration.ofSeconds(30)).until(() -> {
				assertThat(readiness(caching)).isEqualTo(200);
				return this.s3.requests() > asked;
			});
			assertThat(readiness(caching)).isEqualTo(200);
			assertThat(caching.get(caching.image("a.png")).body()).isEqualTo(OBJECT);
		}
	}

	@Test
	void staysReadyWithOpenBreakersWhileImagesAreCached() throws Exception {
		try (RunningOrigin caching = RunningOrigin.start(this.s3.originProperties(0), settings(), withMemory())) {
			assertThat(readiness(caching)).isEqualTo(200);
			assertThat(caching.get(caching.image("a.png")).body()).isEqualTo(OBJECT);
			this.s3.failAlways(Fault.INTERNAL_ERROR);
			for (int i = 0; i < 20; i++) {
				caching.get(caching.image("cold-" + i));
			}
			assertThat(caching.get(caching.image("cold")).statusCode()).isEqualTo(503);
			assertThat(readiness(caching)).isEqualTo(200);
			assertThat(caching.get(caching.image("a.png")).body()).isEqualTo(OBJECT);
		}
	}

	private static Properties withMemory() {
		Properties properties = new Properties();
		properties.setProperty("image-origin.cache.memory.max-size", "16MB");
		return properties;
	}

	private static int readiness(RunningOrigin origin) throws IOException, InterruptedException {
		return origin.get(origin.management("/actuator/health/readiness")).statusCode();
	}

	@Test
	void freesConnectionsOfBodiesThatHang() throws Exception {
		this.s3.failAlways(Fault.HANGS_IN_BODY);
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> this.origin.get(this.origin.image("a.png")));
		Thread.sleep(500);
		assertThat(this.s3.openConnections()).isZero();
	}

}
