package ai.doxle.imageorigin.region;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Properties;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.util.DigestUtils;

import ai.doxle.imageorigin.harness.LocalCloudFront;
import ai.doxle.imageorigin.harness.LocalRedis;
import ai.doxle.imageorigin.harness.LocalS3;
import ai.doxle.imageorigin.harness.LocalSqs;
import ai.doxle.imageorigin.harness.LocalSqs.Fault;
import ai.doxle.imageorigin.harness.OriginProcess;
import ai.doxle.imageorigin.harness.OriginSettings;
import ai.doxle.imageorigin.harness.RunningOrigin;
import ai.doxle.imageorigin.harness.SampleImages;
import ai.doxle.imageorigin.harness.TokenIssuer;

import static ai.doxle.imageorigin.region.EventMessages.created;
import static ai.doxle.imageorigin.region.EventMessages.find;
import static ai.doxle.imageorigin.region.EventMessages.metric;
import static ai.doxle.imageorigin.region.EventMessages.outcomes;
import static ai.doxle.imageorigin.region.EventMessages.removed;
import static ai.doxle.imageorigin.region.EventMessages.repeated;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Events that come by a queue: none is lost, whatever fails on the way.
 */
class EventQueueIT {

	/** A message that its receiver has lost comes again after a minute. */
	private static final Duration PATIENCE = Duration.ofMinutes(3);

	/** How long a message is hidden that comes again while it is worked on. */
	private static final Duration HIDDEN = Duration.ofSeconds(3);

	private static final String QUEUE = "image-events";

	private static final TokenIssuer issuer = new TokenIssuer();

	private static final String ADMIN = "Bearer " + issuer.token((claims) -> claims.claim("scope", "images:admin"));

	private static final byte[] IMAGE = SampleImages.noise(40, 1);

	private static final byte[] OTHER = SampleImages.noise(30, 2);

	private LocalSqs sqs;

	private LocalS3 s3;

	private LocalRedis redis;

	private LocalCloudFront cloudFront;

	private RunningOrigin origin;

	private volatile boolean announcing = true;

	@BeforeEach
	void start() throws IOException {
		this.sqs = LocalSqs.start().withQueue(QUEUE);
		this.s3 = LocalS3.start(EventMessages.BUCKET, 0, (event) -> {
			if (this.announcing) {
				this.sqs.send(QUEUE, List.of(event));
			}
		});
		this.redis = LocalRedis.start();
		this.cloudFront = LocalCloudFront.start();
		this.sqs.hideFor(10);
		this.origin = RunningOrigin.start(settings());
		this.origin.awaitRegion();
	}

	private Properties settings() {
		Properties settings = new Properties();
		for (Properties some : List.of(this.s3.originProperties(0), this.redis.originProperties(),
				this.cloudFront.originProperties(), issuer.originProperties(), OriginSettings.open(),
				this.sqs.originProperties(QUEUE, "us-east-1"))) {
			settings.putAll(some);
		}
		return settings;
	}

	@AfterEach
	void stop() {
		this.origin.close();
		this.cloudFront.close();
		this.redis.close();
		this.s3.close();
		this.sqs.close();
	}

	@Test
	void bringsUploadsAndRemovalsToTheRegion() throws Exception {
		this.s3.put("projects/1/a b.png", "image/png", IMAGE);
		awaitHeld("projects/1/a b.png");
		this.s3.put("projects/1/a b.png", "image/png", OTHER);
		await().atMost(PATIENCE)
			.until(() -> find(this.origin, "projects/1/a b.png", ADMIN).path("redis")
				.path("length")
				.asInt() == OTHER.length);
		this.s3.delete("projects/1/a b.png");
		await().atMost(PATIENCE).until(() -> find(this.origin, "projects/1/a b.png", ADMIN).path("redis").isNull());
		awaitEmptyQueue();
		assertThat(this.cloudFront.invalidations()).hasSize(2);
		assertThat(metric(this.origin, "image_origin_events_lag_seconds_count{kind=\"created\"}")).isEqualTo(2);
	}

	@Test
	void leavesWhatItCannotReadForTheDeadLetterQueue() throws Exception {
		this.origin.close();
		this.sqs.hideFor(1);
		this.origin = RunningOrigin.start(settings());
		this.sqs.send(QUEUE, List.of("no json", "{\"not\":\"an event\"}", " ".repeat(200_000) + "{", "[]"));
		await().atMost(PATIENCE).until(() -> this.sqs.waiting(LocalSqs.dead(QUEUE)) == 4);
		awaitEmptyQueue();
		assertThat(metric(this.origin, "image_origin_events_dead_letters_total")).isEqualTo(4);
	}

	@Test
	void dropsWhatIsOfNoConcern() throws Exception {
		this.sqs.send(QUEUE,
				List.of("{\"Service\":\"Amazon S3\",\"Event\":\"s3:TestEvent\"}",
						created("a.png", "1", 1, "01").replace("\"images\"", "\"theirs\""),
						created("a/../b", "1", 1, "01"), repeated(removed("many.png", "01"), 1000)));
		awaitEmptyQueue();
		assertThat(outcomes(this.origin, "removed", "purged")).isEqualTo(1);
		assertThat(outcomes(this.origin, "removed", "repeated")).isEqualTo(999);
		assertThat(this.cloudFront.invalidations()).hasSize(1);
		assertThat(this.sqs.isEmpty(LocalSqs.dead(QUEUE))).isTrue();
	}

	@Test
	void takesTwoThousandUploadsAtOnce() throws Exception {
		this.sqs.fail(Fault.AWAY);
		for (int i = 0; i < 2000; i++) {
			this.s3.put("many/" + i + ".png", "image/png", IMAGE);
		}
		this.sqs.fail(Fault.NONE);
		awaitEmptyQueue();
		assertThat(outcomes(this.origin, "created", "warmed")).isEqualTo(2000);
		for (int i = 0; i < 2000; i += 100) {
			assertThat(find(this.origin, "many/" + i + ".png", ADMIN).path("redis").isObject()).isTrue();
		}
	}

	@ParameterizedTest
	@EnumSource(names = { "AWAY", "SLOW", "THROTTLING" })
	void losesNothingWhileTheQueueFails(Fault fault) throws Exception {
		this.sqs.fail(fault);
		for (int i = 0; i < 12; i++) {
			this.s3.put("faulty/" + i + ".png", "image/png", IMAGE);
		}
		int polls = this.sqs.polls();
		await().atMost(PATIENCE).until(() -> this.sqs.polls() >= polls + 2);
		this.sqs.fail(Fault.NONE);
		for (int i = 0; i < 12; i++) {
			awaitHeld("faulty/" + i + ".png");
		}
		awaitEmptyQueue();
	}

	@Test
	void doesOnceWhatComesTwice() throws Exception {
		this.s3.put("twice.png", "image/png", IMAGE);
		awaitHeld("twice.png");
		awaitEmptyQueue();
		this.s3.delete("twice.png");
		await().atMost(PATIENCE).until(() -> outcomes(this.origin, "removed", "purged") == 1);
		this.sqs.repeat(3);
		this.s3.put("barrier.png", "image/png", IMAGE);
		await().atMost(PATIENCE).until(() -> outcomes(this.origin, "removed", "repeated") == 3);
		awaitHeld("barrier.png");
		awaitEmptyQueue();
		assertThat(outcomes(this.origin, "removed", "purged")).isEqualTo(1);
		assertThat(this.cloudFront.invalidations()).hasSize(1);
	}

	/** Messages come again while the work on them waits for Redis. */
	@Test
	void doesOnceWhatIsGivenToAnotherMeanwhile() throws Exception {
		this.sqs.hideFor(Math.toIntExact(HIDDEN.toSeconds()));
		this.redis.pause();
		for (int i = 0; i < 5; i++) {
			this.sqs.send(QUEUE, List.of(removed("hidden/" + i + ".png", "01")));
		}
		await().atMost(PATIENCE).until(() -> metric(this.origin, "image_origin_events_in_hand") > 0);
		Thread.sleep(HIDDEN.plusSeconds(1));
		this.redis.resume();
		await().atMost(PATIENCE).until(() -> outcomes(this.origin, "removed", "purged") == 5);
		this.sqs.hideFor(60);
		awaitEmptyQueue();
		assertThat(outcomes(this.origin, "removed", "purged")).isEqualTo(5);
		assertThat(this.cloudFront.invalidations()).hasSize(5);
	}

	@Test
	void losesNothingWithAnInstanceThatIsKilled() throws Exception {
		this.origin.close();
		this.sqs.hideFor(5);
		try (OriginProcess killed = OriginProcess.start(settings())) {
			this.redis.pause();
			for (int i = 0; i < 15; i++) {
				this.s3.put("killed/" + i + ".png", "image/png", IMAGE);
			}
			await().atMost(PATIENCE).until(() -> this.sqs.received(QUEUE) > 0);
			killed.kill();
		}
		this.redis.resume();
		this.origin = RunningOrigin.start(settings());
		for (int i = 0; i < 15; i++) {
			awaitHeld("killed/" + i + ".png");
		}
		awaitEmptyQueue();
	}

	@Test
	void losesNothingWithAnInstanceThatEnds() throws Exception {
		this.origin.close();
		try (OriginProcess ended = OriginProcess.start(settings())) {
			this.redis.pause();
			for (int i = 0; i < 5; i++) {
				this.s3.put("ended/" + i + ".png", "image/png", IMAGE);
			}
			await().atMost(PATIENCE).until(() -> this.sqs.received(QUEUE) > 0);
			ended.terminate();
			assertThat(ended.ends()).isTrue();
		}
		this.redis.resume();
		this.origin = RunningOrigin.start(settings());
		for (int i = 0; i < 5; i++) {
			awaitHeld("ended/" + i + ".png");
		}
	}

	@Test
	void waitsForTheCdn() throws Exception {
		this.cloudFront.refuse(true);
		this.sqs.send(QUEUE, List.of(removed("refused.png", "01")));
		await().atMost(PATIENCE).until(() -> metric(this.origin, "image_origin_events_in_hand") == 1);
		this.cloudFront.refuse(false);
		awaitEmptyQueue();
		assertThat(outcomes(this.origin, "removed", "purged")).isEqualTo(1);
		assertThat(this.cloudFront.invalidations()).hasSize(1);
	}

	/** Its first attempt empties the tiers, so that the second finds nothing there. */
	@Test
	void tellsTheCdnOfANewVersionWhenItCanBeTold() throws Exception {
		this.announcing = false;
		this.s3.put("version.png", "image/png", IMAGE);
		assertThat(this.origin.get(this.origin.image("version.png")).body()).isEqualTo(IMAGE);
		awaitHeld("version.png");
		this.s3.put("version.png", "image/png", OTHER);
		this.cloudFront.refuse(true);
		this.sqs.send(QUEUE, List.of(created("version.png", DigestUtils.md5DigestAsHex(OTHER), OTHER.length, "05")));
		await().atMost(PATIENCE).until(() -> this.cloudFront.refusals() > 0);
		this.cloudFront.refuse(false);
		awaitEmptyQueue();
		assertThat(this.cloudFront.invalidations()).hasSize(1);
		assertThat(this.origin.get(this.origin.image("version.png")).body()).isEqualTo(OTHER);
	}

	private void awaitHeld(String key) {
		await().atMost(PATIENCE).until(() -> find(this.origin, key, ADMIN).path("redis").isObject());
	}

	private void awaitEmptyQueue() {
		await().atMost(PATIENCE).until(() -> this.sqs.isEmpty(QUEUE));
	}

}
