package ai.doxle.imageorigin.region;

import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import ai.doxle.imageorigin.harness.Crowd;
import ai.doxle.imageorigin.harness.Crowd.End;
import ai.doxle.imageorigin.harness.Crowd.Response;
import ai.doxle.imageorigin.harness.FaultyS3;
import ai.doxle.imageorigin.harness.LocalRedis;
import ai.doxle.imageorigin.harness.OriginSettings;
import ai.doxle.imageorigin.harness.RunningOrigin;
import ai.doxle.imageorigin.harness.SampleImages;

import static ai.doxle.imageorigin.harness.ResponseAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Two instances of a region that share what they know through a real Redis.
 */
public class RegionIT {

	private static final byte[] IMAGE = SampleImages.noise(1322, 1);

	private static final String LOADED = "image-origin-regional; fwd=uri-miss; stored, "
			+ "image-origin-memory; fwd=uri-miss; stored";

	private static final String FROM_REGION = "image-origin-regional; hit, image-origin-memory; fwd=uri-miss; stored";

	private FaultyS3 s3;

	private LocalRedis redis;

	private RunningOrigin one;

	private RunningOrigin two;

	@BeforeEach
	void start() throws Exception {
		this.s3 = new FaultyS3(IMAGE);
		this.redis = LocalRedis.start();
		this.one = RunningOrigin.start(this.s3.originProperties(0), this.redis.originProperties(), settings());
		this.two = RunningOrigin.start(this.s3.originProperties(0), this.redis.originProperties(), settings());
		this.one.awaitRegion();
		this.two.awaitRegion();
	}

	@AfterEach
	void stop() throws Exception {
		this.one.close();
		this.two.close();
		this.redis.close();
		this.s3.close();
	}

	static Properties settings() {
		Properties settings = OriginSettings.open();
		// machines that run tests are busy
		settings.setProperty("image-origin.cache.redis.command-timeout", "2s");
		return settings;
	}

	@Test
	void theOtherInstanceIsServedByTheRegion() throws Exception {
		int before = this.s3.gets();
		assertThat(this.one.cacheStatus("a.png")).isEqualTo(LOADED);
		await().until(() -> this.one.get(this.one.management("/actuator/prometheus")), RegionIT::hasCommitted);
		HttpResponse<byte[]> second = this.two.get(this.two.image("a.png"));
		assertThat(second).hasHeader("Cache-Status", FROM_REGION).hasBody(IMAGE);
		assertThat(this.two.cacheStatus("a.png")).isEqualTo("image-origin-memory; hit");
		assertThat(this.s3.gets()).isEqualTo(before + 1);
	}

	private static boolean hasCommitted(HttpResponse<byte[]> metrics) {
		return new String(metrics.body(), StandardCharsets.UTF_8)
			.contains("image_origin_redis_loads_total{outcome=\"committed\"}");
	}

	@Test
	void aCrowdOnBothInstancesCostsOneRead() {
		int before = this.s3.gets();
		this.s3.pace(Duration.ofMillis(5));
		List<Response> responses = crowd(500);
		System.out.printf("500 clients on two instances, one cold image of 5 MiB: %s; %d GET, %d bytes from S3%n",
				Crowd.summary(responses), this.s3.gets() - before, this.s3.sent());
		assertThat(responses).allMatch((response) -> response.end() == End.WHOLE);
		assertThat(this.s3.gets() - before).isEqualTo(1);
		assertThat(this.s3.sent()).isEqualTo(IMAGE.length);
	}

	@Test
	void withoutRedisItCostsOneReadEach() {
		int before = this.s3.gets();
		this.redis.kill();
		this.s3.pace(Duration.ofMillis(5));
		List<Response> responses = crowd(500);
		System.out.printf("the same without Redis: %s; %d GET, %d bytes from S3%n", Crowd.summary(responses),
				this.s3.gets() - before, this.s3.sent());
		assertThat(responses).allMatch((response) -> response.end() == End.WHOLE);
		assertThat(this.s3.gets() - before).isEqualTo(2);
		assertThat(this.s3.sent()).isEqualTo(2L * IMAGE.length);
	}

	private List<Response> crowd(int readers) {
		try (Crowd crowd = new Crowd(Map.of("\"one\"", IMAGE))) {
			crowd.ask(readers / 2, this.one.image("crowd.png"));
			crowd.ask(readers / 2, this.two.image("crowd.png"));
			return crowd.responses();
		}
	}

}
