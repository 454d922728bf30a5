package ai.doxle.imageorigin.region;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import ai.doxle.imageorigin.harness.LocalCloudFront;
import ai.doxle.imageorigin.harness.LocalRedis;
import ai.doxle.imageorigin.harness.LocalS3;
import ai.doxle.imageorigin.harness.LocalSqs;
import ai.doxle.imageorigin.harness.LocalSqs.Fault;
import ai.doxle.imageorigin.harness.OriginSettings;
import ai.doxle.imageorigin.harness.RunningOrigin;
import ai.doxle.imageorigin.harness.SampleImages;
import ai.doxle.imageorigin.harness.TokenIssuer;

import static ai.doxle.imageorigin.harness.ResponseAssert.assertThat;
import static ai.doxle.imageorigin.region.EventMessages.find;
import static ai.doxle.imageorigin.region.EventMessages.outcomes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Sydney and London: each has its bucket, its queue, its Redis and its instance; London's
 * bucket is a replica of Sydney's. CloudFront is one for both.
 */
class TwoRegionsIT {

	/** A message that its receiver has lost comes again after a minute. */
	private static final Duration PATIENCE = Duration.ofMinutes(3);

	private static final TokenIssuer issuer = new TokenIssuer();

	private static final String ADMIN = "Bearer " + issuer.token((claims) -> claims.claim("scope", "images:admin"));

	private static final byte[] ONE = SampleImages.noise(60, 1);

	private static final byte[] TWO = SampleImages.noise(50, 2);

	private static final String KEY = "projects/7/blocks/8/a+b ä.png";

	/** What is replicated; deletions are, too. */
	private final Map<String, byte[]> objects = new ConcurrentHashMap<>();

	private LocalCloudFront cloudFront;

	private Region london;

	private Region sydney;

	@BeforeEach
	void start() throws IOException {
		this.cloudFront = LocalCloudFront.start();
		this.london = new Region("eu-west-2", (event) -> {
		});
		this.sydney = new Region("ap-southeast-2", this::replicate);
		this.london.start(this.sydney);
		this.sydney.start(this.london);
	}

	/** As S3 does it: after a while, and by itself. */
	private void replicate(String event) {
		JsonNode item = JsonMapper.shared().readTree(event).path("Records").get(0);
		String key = java.net.URLDecoder.decode(item.path("s3").path("object").path("key").stringValue(),
				StandardCharsets.UTF_8);
		if (item.path("eventName").stringValue().startsWith("ObjectCreated")) {
			this.london.s3.put(key, "image/png", this.objects.get(key));
		}
		else {
			this.london.s3.delete(key);
		}
	}

	@AfterEach
	void stop() {
		this.sydney.close();
		this.london.close();
		this.cloudFront.close();
	}

	@Test
	void anUploadIsWarmInBothAndARemovalGoneInBoth() throws Exception {
		upload(ONE);
		this.london.awaitHeld(KEY);
		this.sydney.awaitHeld(KEY);
		for (Region region : List.of(this.sydney, this.london)) {
			HttpResponse<byte[]> first = region.get(KEY);
			assertThat(first.body()).isEqualTo(ONE);
			// the instance that loaded the image has it in memory, too
			assertThat(first).hasHeader("Cache-Status", "image-origin-memory; hit");
		}
		assertThat(this.cloudFront.invalidations()).isEmpty();
		this.sydney.s3.delete(KEY);
		for (Region region : List.of(this.sydney, this.london)) {
			await().atMost(PATIENCE).untilAsserted(() -> assertThat(region.get(KEY)).hasStatus(404));
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "key=projects/7/blocks/8/a%2Bb+%C3%A4.png", "prefix=projects/7", "tag=project:7" })
	void aPurgeInOneIsAPurgeInBoth(String selection) throws Exception {
		upload(ONE);
		this.london.awaitHeld(KEY);
		this.sydney.awaitHeld(KEY);
		assertThat(this.london.get(KEY).body()).isEqualTo(ONE);
		HttpResponse<byte[]> purged = this.sydney.purge(selection);
		assertThat(purged).hasStatus(200);
		assertThat(json(purged).path("regions")).isEqualTo(json("{\"eu-west-2\":\"told\"}"));
		this.london.awaitGone(KEY);
		assertThat(find(this.sydney.origin, KEY, ADMIN).path("redis").isNull()).isTrue();
		// Sydney's, then London's, since CloudFront may have asked London in between
		await().atMost(PATIENCE).untilAsserted(() -> assertThat(this.cloudFront.invalidations()).hasSize(2));
		await().atMost(PATIENCE).until(() -> outcomes(this.london.origin, "purge", "purged") == 1);
		assertThat(outcomes(this.sydney.origin, "purge", "purged")).as("no echo").isZero();
		await().atMost(PATIENCE).until(() -> this.sydney.sqs.isEmpty("events") && this.london.sqs.isEmpty("events"));
		assertThat(outcomes(this.sydney.origin, "purge", "purged")).as("no echo").isZero();
		assertThat(this.cloudFront.invalidations()).hasSize(2);
	}

	@Test
	void aRegionThatCannotBeToldMakesThePurgeFail() throws Exception {
		upload(ONE);
		this.london.awaitHeld(KEY);
		this.sydney.awaitHeld(KEY);
		this.london.sqs.fail(Fault.AWAY);
		HttpResponse<byte[]> failed = this.sydney.purge("tag=project:7");
		assertThat(failed).hasStatus(502);
		assertThat(json(failed).path("regions")).isEqualTo(json("{\"eu-west-2\":\"untold\"}"));
		assertThat(json(failed).path("cdn").isObject()).as("the CDN was told").isTrue();
		assertThat(find(this.sydney.origin, KEY, ADMIN).path("redis").isNull()).isTrue();
		assertThat(find(this.london.origin, KEY, ADMIN).path("redis").isObject()).isTrue();
		this.london.sqs.fail(Fault.NONE);
		assertThat(this.sydney.purge("tag=project:7")).hasStatus(200);
		this.london.awaitGone(KEY);
	}

	@Test
	void aRegionThatIsDownPurgesWhenItIsBack() throws Exception {
		upload(ONE);
		this.london.awaitHeld(KEY);
		this.sydney.awaitHeld(KEY);
		this.london.origin.close();
		assertThat(this.sydney.purge("prefix=projects/7")).hasStatus(200);
		this.london.start(this.sydney);
		this.london.awaitGone(KEY);
		assertThat(this.london.get(KEY).body()).isEqualTo(ONE);
	}

	@Test
	void aPurgeThatArrivesTwiceIsDoneOnce() throws Exception {
		upload(ONE);
		this.london.awaitHeld(KEY);
		assertThat(this.sydney.purge("tag=project:7")).hasStatus(200);
		await().atMost(PATIENCE).until(() -> outcomes(this.london.origin, "purge", "purged") == 1);
		this.london.sqs.repeat(2);
		this.london.s3.put("barrier.png", "image/png", TWO);
		await().atMost(PATIENCE).until(() -> outcomes(this.london.origin, "purge", "repeated") == 2);
		assertThat(outcomes(this.london.origin, "purge", "purged")).isEqualTo(1);
	}

	/** New bytes, whatever comes first. */
	@ParameterizedTest
	@ValueSource(strings = { "upload event purge", "upload purge event", "purge upload event", "purge event upload" })
	void anUploadMayRaceAPurge(String order) throws Exception {
		upload(ONE);
		this.london.awaitHeld(KEY);
		this.sydney.awaitHeld(KEY);
		boolean eventsLast = order.endsWith("event");
		for (String step : order.split(" ", -1)) {
			switch (step) {
				case "upload" -> {
					hold(eventsLast || order.startsWith("purge event"));
					upload(TWO);
				}
				case "purge" -> assertThat(this.sydney.purge("tag=project:7").statusCode()).isIn(200, 502);
				default -> hold(false);
			}
		}
		hold(false);
		// as an operator would, where a region could not be told
		for (Region region : List.of(this.sydney, this.london)) {
			await().atMost(PATIENCE).untilAsserted(() -> assertThat(region.get(KEY).body()).isEqualTo(TWO));
			region.awaitIdle();
			assertThat(region.get(KEY).body()).isEqualTo(TWO);
		}
	}

	/** Keeps events from their readers. */
	private void hold(boolean held) {
		this.sydney.sqs.fail(held ? Fault.THROTTLING : Fault.NONE);
		this.london.sqs.fail(held ? Fault.THROTTLING : Fault.NONE);
	}

	private void upload(byte[] bytes) {
		this.objects.put(KEY, bytes);
		this.sydney.s3.put(KEY, "image/png", bytes);
	}

	private static JsonNode json(HttpResponse<byte[]> response) {
		return JsonMapper.shared().readTree(response.body());
	}

	private static JsonNode json(String text) {
		return JsonMapper.shared().readTree(text);
	}

	/** Everything of one region. */
	private final class Region implements AutoCloseable {

		private final String name;

		private final LocalSqs sqs = LocalSqs.start().withQueue("events");

		private final LocalRedis redis = LocalRedis.start();

		private final LocalS3 s3;

		private RunningOrigin origin;

		/**
		 * @param replication is told of each event, too
		 */
		Region(String name, java.util.function.Consumer<String> replication) {
			this.name = name;
			this.s3 = LocalS3.start(EventMessages.BUCKET, 0, (event) -> {
				this.sqs.send("events", List.of(event));
				replication.accept(event);
			});
		}

		void start(Region peer) {
			Properties other = peer.s3.originProperties(1);
			this.origin = RunningOrigin.start(this.s3.originProperties(0), other, this.redis.originProperties(),
					issuer.originProperties(), TwoRegionsIT.this.cloudFront.originProperties(), OriginSettings.open(),
					this.sqs.originProperties("events", this.name), peer.sqs.peerProperties(0, "events", peer.name));
			this.origin.awaitRegion();
		}

		HttpResponse<byte[]> get(String key) throws Exception {
			return this.origin.get(this.origin.image(EventMessages.path(key)));
		}

		HttpResponse<byte[]> purge(String selection) throws Exception {
			return this.origin.send("DELETE", this.origin.management("/actuator/images?" + selection), "Authorization",
					ADMIN);
		}

		void awaitHeld(String key) {
			await().atMost(PATIENCE).until(() -> find(this.origin, key, ADMIN).path("redis").isObject());
		}

		void awaitGone(String key) {
			await().atMost(PATIENCE).until(() -> {
				JsonNode found = find(this.origin, key, ADMIN);
				return found.path("redis").isNull() && found.path("memory").isNull();
			});
		}

		void awaitIdle() {
			await().atMost(PATIENCE).until(() -> this.sqs.isEmpty("events"));
		}

		@Override
		public void close() {
			this.origin.close();
			this.s3.close();
			this.redis.close();
			this.sqs.close();
		}

	}

}
