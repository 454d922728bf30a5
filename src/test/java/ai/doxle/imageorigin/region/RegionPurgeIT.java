package ai.doxle.imageorigin.region;

import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import ai.doxle.imageorigin.harness.Crowd;
import ai.doxle.imageorigin.harness.Crowd.End;
import ai.doxle.imageorigin.harness.FaultyS3;
import ai.doxle.imageorigin.harness.LocalRedis;
import ai.doxle.imageorigin.harness.RunningOrigin;
import ai.doxle.imageorigin.harness.SampleImages;
import ai.doxle.imageorigin.harness.TokenIssuer;

import static ai.doxle.imageorigin.harness.ResponseAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A purge on one instance is a purge in the whole region.
 */
class RegionPurgeIT {

	private static final byte[] OLD = SampleImages.noise(800, 1);

	private static final byte[] NEW = SampleImages.noise(700, 2);

	private static final TokenIssuer issuer = new TokenIssuer();

	private static final String ADMIN = "Bearer " + issuer.token((claims) -> claims.claim("scope", "images:admin"));

	private FaultyS3 s3;

	private LocalRedis redis;

	private List<RunningOrigin> region;

	@BeforeEach
	void start() throws Exception {
		this.s3 = new FaultyS3(OLD);
		this.redis = LocalRedis.start();
		this.region = List.of(join(), join());
		this.region.forEach(RunningOrigin::awaitRegion);
	}

	private RunningOrigin join() {
		return RunningOrigin.start(this.s3.originProperties(0), this.redis.originProperties(),
				issuer.originProperties(), RegionIT.settings());
	}

	@AfterEach
	void stop() throws Exception {
		this.region.forEach(RunningOrigin::close);
		this.redis.close();
		this.s3.close();
	}

	@ParameterizedTest
	@ValueSource(strings = { "key=projects/7/blocks/8/a.png", "prefix=projects/7", "tag=project:7", "tag=block:8" })
	void everyInstanceAndRedisForget(String selection) throws Exception {
		String key = "projects/7/blocks/8/a.png";
		for (RunningOrigin origin : this.region) {
			assertThat(origin.get(origin.image(key)).body()).isEqualTo(OLD);
			await()
				.until(() -> held(origin, key).path("memory").isObject() && held(origin, key).path("redis").isObject());
		}
		this.s3.store("\"two\"", NEW);
		JsonNode purged = json(purge(this.region.getFirst(), selection));
		assertThat(purged.path("memory").asInt()).isEqualTo(1);
		assertThat(purged.path("redis").asInt()).isEqualTo(1);
		for (RunningOrigin origin : this.region) {
			await().until(() -> held(origin, key).path("memory").isNull());
			assertThat(origin.get(origin.image(key)).body()).isEqualTo(NEW);
		}
	}

	@Test
	void whatWasLoadingServesItsReadersAndNobodyElse() throws Exception {
		String key = "projects/7/blocks/8/loading.png";
		Map<String, byte[]> versions = Map.of("\"one\"", OLD, "\"two\"", NEW);
		this.s3.pace(Duration.ofMillis(40));
		try (Crowd readers = new Crowd(versions); Crowd followers = new Crowd(versions)) {
			readers.ask(10, this.region.getFirst().image(key));
			await().until(() -> this.s3.sent() > OLD.length / 8);
			followers.ask(10, this.region.getLast().image(key));
			await().until(() -> this.s3.sent() > OLD.length / 4);
			this.s3.store("\"two\"", NEW);
			assertThat(purge(this.region.getLast(), "tag=project:7").statusCode()).isEqualTo(200);
			assertThat(readers.responses()).allMatch((response) -> response.end() == End.WHOLE);
			// what the region lost with the purge can be had from S3 no more
			assertThat(followers.responses())
				.allMatch((response) -> response.end() == End.WHOLE || response.end() == End.CUT);
		}
		this.s3.pace(Duration.ZERO);
		for (RunningOrigin origin : this.region) {
			await().until(() -> Arrays.equals(origin.get(origin.image(key)).body(), NEW));
		}
		for (RunningOrigin origin : this.region) {
			assertThat(origin.get(origin.image(key)).body()).isEqualTo(NEW);
		}
	}

	private static HttpResponse<byte[]> purge(RunningOrigin origin, String selection) throws Exception {
		return origin.send("DELETE", upkeep(origin, selection), "Authorization", ADMIN);
	}

	private static JsonNode held(RunningOrigin origin, String key) throws Exception {
		return json(origin.get(upkeep(origin, "key=" + key), "Authorization", ADMIN));
	}

	private static JsonNode json(HttpResponse<byte[]> response) {
		assertThat(response).hasStatus(200);
		return JsonMapper.shared().readTree(response.body());
	}

	private static URI upkeep(RunningOrigin origin, String query) {
		return origin.management("/actuator/images?" + query);
	}

}
