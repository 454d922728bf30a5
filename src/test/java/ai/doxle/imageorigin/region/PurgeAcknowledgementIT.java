package ai.doxle.imageorigin.region;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import ai.doxle.imageorigin.harness.CuttableLink;
import ai.doxle.imageorigin.harness.FaultyS3;
import ai.doxle.imageorigin.harness.LocalCloudFront;
import ai.doxle.imageorigin.harness.LocalRedis;
import ai.doxle.imageorigin.harness.OriginProcess;
import ai.doxle.imageorigin.harness.RunningOrigin;
import ai.doxle.imageorigin.harness.SampleImages;
import ai.doxle.imageorigin.harness.TokenIssuer;

import static ai.doxle.imageorigin.harness.ResponseAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A purge is over when every instance that is alive has forgotten; who does not hear of
 * purges has nothing kept for long.
 */
class PurgeAcknowledgementIT {

	private static final byte[] OLD = SampleImages.noise(80, 1);

	private static final byte[] NEW = SampleImages.noise(70, 2);

	private static final String FOR_EVER = "public, max-age=31536000, immutable";

	private static final String BRIEFLY = "public, max-age=60";

	private static final Pattern NAME = Pattern.compile("this instance is called (\\S+)");

	private static final TokenIssuer issuer = new TokenIssuer();

	private static final String ADMIN = "Bearer " + issuer.token((claims) -> claims.claim("scope", "images:admin"));

	private FaultyS3 s3;

	private LocalRedis redis;

	private LocalCloudFront cloudFront;

	private RunningOrigin one;

	@BeforeEach
	void start() throws Exception {
		this.s3 = new FaultyS3(OLD);
		this.redis = LocalRedis.start();
		this.cloudFront = LocalCloudFront.start();
		this.one = join(this.redis.originProperties());
	}

	private RunningOrigin join(Properties region) {
		RunningOrigin origin = RunningOrigin.start(this.s3.originProperties(0), region, issuer.originProperties(),
				this.cloudFront.originProperties(), RegionIT.settings());
		origin.awaitRegion();
		return origin;
	}

	@AfterEach
	void stop() throws Exception {
		this.one.close();
		this.cloudFront.close();
		this.redis.close();
		this.s3.close();
	}

	@Test
	void everyInstanceHasForgottenWhenThePurgeIsAnswered() throws Exception {
		List<String> keys = IntStream.range(0, 10).mapToObj((i) -> i + ".png").toList();
		try (RunningOrigin two = join(this.redis.originProperties())) {
			for (String key : keys) {
				load(two, key);
				assertThat(purge("key=" + key).statusCode()).isEqualTo(200);
				assertThat(isInMemory(two, key)).as(key).isFalse();
			}
		}
	}

	@Test
	void anInstanceThatHangsIsNamedAndTheCdnIsToldAllTheSame() throws Exception {
		try (OriginProcess two = OriginProcess.start(this.s3.originProperties(0), this.redis.originProperties(),
				RegionIT.settings())) {
			assertThat(purge("key=a.png").statusCode()).isEqualTo(200);
			two.pause();
			HttpResponse<byte[]> response = purge("key=a.png");
			two.resume();
			assertThat(response).hasStatus(502);
			JsonNode problem = JsonMapper.shared().readTree(response.body());
			assertThat(problem.path("unacknowledged").valueStream().map(JsonNode::stringValue))
				.containsExactly(name(two));
			assertThat(problem.path("detail").stringValue()).contains(name(two), "Repeat the purge");
			assertThat(problem.path("memory").isNumber() && problem.path("redis").isNumber()).isTrue();
			assertThat(problem.path("cdn").path("invalidation").stringValue()).isEqualTo("I2");
			assertThat(metrics(this.one)).containsPattern("image_origin_purge_unacknowledged_total[^\n]* 1\\.0")
				.containsPattern("image_origin_purge_acknowledgements_seconds_count[^\n]* 2\n");
			patiently().until(() -> purge("key=a.png").statusCode() == 200);
		}
	}

	@Test
	void anInstanceThatHasDiedIsNamedForSecondsOnly() throws Exception {
		try (OriginProcess two = OriginProcess.start(this.s3.originProperties(0), this.redis.originProperties(),
				RegionIT.settings())) {
			two.kill();
			assertThat(purge("key=a.png").statusCode()).isEqualTo(502);
			patiently().until(() -> purge("key=a.png").statusCode() == 200);
		}
	}

	@Test
	void whatAnInstanceWithoutNewsAnswersIsKeptForAMinute() throws Exception {
		try (CuttableLink link = CuttableLink.to(this.redis); RunningOrigin two = join(link.originProperties())) {
			load(two, "a.png");
			patiently().until(() -> cacheControl(two, "GET", "a.png").equals(FOR_EVER));
			link.cut();
			patiently().until(() -> cacheControl(two, "GET", "a.png").equals(BRIEFLY));
			assertThat(metrics(two)).containsPattern("image_origin_purge_receiving[^\n]* 0\\.0");
			assertThat(cacheControl(two, "HEAD", "a.png")).isEqualTo(BRIEFLY);
			assertThat(cacheControl(two, "GET", "a.png", "Range", "bytes=0-9")).isEqualTo(BRIEFLY);
			assertThat(cacheControl(two, "GET", "a.png", "Range", "bytes=0-9,20-29")).isEqualTo(BRIEFLY);
			assertThat(cacheControl(two, "GET", "a.png", "If-None-Match", "\"one\"")).isEqualTo(BRIEFLY);
			assertThat(cacheControl(two, "GET", "cold.png")).isEqualTo(BRIEFLY);
			assertThat(cacheControl(two, "GET", "colder.png", "Range", "bytes=0-9")).isEqualTo(BRIEFLY);
			assertThat(cacheControl(this.one, "GET", "a.png")).isEqualTo(FOR_EVER);
			link.restore();
			patiently().until(() -> cacheControl(two, "GET", "a.png").equals(FOR_EVER));
		}
	}

	@Test
	void whatWasPurgedMeanwhileIsNeverKeptForLong() throws Exception {
		try (CuttableLink link = CuttableLink.to(this.redis); RunningOrigin two = join(link.originProperties())) {
			load(two, "a.png");
			link.cut();
			patiently().until(() -> cacheControl(two, "GET", "a.png").equals(BRIEFLY));
			this.s3.store("\"two\"", NEW);
			patiently().until(() -> purge("key=a.png").statusCode() == 200);
			assertThat(two.get(two.image("a.png")).body()).isEqualTo(OLD);
			link.restore();
			patiently().until(() -> {
				HttpResponse<byte[]> response = two.get(two.image("a.png"));
				boolean isForEver = cacheControl(response).equals(FOR_EVER);
				assertThat(response.body()).isEqualTo(isForEver ? NEW : response.body());
				return isForEver;
			});
		}
	}

	@Test
	void withoutARegionThereIsNobodyToHearFrom() throws Exception {
		try (RunningOrigin alone = RunningOrigin.start(this.s3.originProperties(0), RegionIT.settings())) {
			assertThat(cacheControl(alone, "GET", "a.png")).isEqualTo(FOR_EVER);
			assertThat(cacheControl(alone, "GET", "a.png")).isEqualTo(FOR_EVER);
		}
	}

	private static ConditionFactory patiently() {
		return await().atMost(Duration.ofSeconds(30));
	}

	private static String name(OriginProcess origin) throws IOException {
		Matcher matcher = NAME.matcher(origin.log());
		assertThat(matcher.find()).isTrue();
		return matcher.group(1);
	}

	private static void load(RunningOrigin origin, String key) throws Exception {
		assertThat(origin.get(origin.image(key)).body()).isEqualTo(OLD);
		await().until(() -> isInMemory(origin, key));
	}

	private static boolean isInMemory(RunningOrigin origin, String key) throws Exception {
		HttpResponse<byte[]> response = origin.get(upkeep(origin, "key=" + key), "Authorization", ADMIN);
		return JsonMapper.shared().readTree(response.body()).path("memory").isObject();
	}

	private HttpResponse<byte[]> purge(String selection) throws Exception {
		return this.one.send("DELETE", upkeep(this.one, selection), "Authorization", ADMIN);
	}

	private static String cacheControl(RunningOrigin origin, String method, String key, String... headers)
			throws Exception {
		return cacheControl(origin.send(method, origin.image(key), headers));
	}

	private static String cacheControl(HttpResponse<byte[]> response) {
		return response.headers().firstValue("Cache-Control").orElse("");
	}

	private static String metrics(RunningOrigin origin) throws Exception {
		return new String(origin.get(origin.management("/actuator/prometheus")).body(), StandardCharsets.UTF_8);
	}

	private static URI upkeep(RunningOrigin origin, String query) {
		return origin.management("/actuator/images?" + query);
	}

}
