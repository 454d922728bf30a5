package ai.doxle.imageorigin.region;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import ai.doxle.imageorigin.harness.LocalCloudFront;
import ai.doxle.imageorigin.harness.LocalRedis;
import ai.doxle.imageorigin.harness.LocalS3;
import ai.doxle.imageorigin.harness.OriginSettings;
import ai.doxle.imageorigin.harness.RunningOrigin;
import ai.doxle.imageorigin.harness.SampleImages;
import ai.doxle.imageorigin.harness.TokenIssuer;

import static ai.doxle.imageorigin.harness.ResponseAssert.assertThat;
import static ai.doxle.imageorigin.region.EventMessages.created;
import static ai.doxle.imageorigin.region.EventMessages.path;
import static ai.doxle.imageorigin.region.EventMessages.removed;
import static ai.doxle.imageorigin.region.EventMessages.repeated;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What happens in a bucket reaches the tiers: real notifications of the local S3 server,
 * posted to the webhook, and events in every wrong order.
 */
class EventsIT {

	private static final String SECRET = "webhook-secret-0123456789-abcdefghij";

	private static final String BEARER = "Bearer " + SECRET;

	private static final TokenIssuer issuer = new TokenIssuer();

	private static final String ADMIN = "Bearer " + issuer.token((claims) -> claims.claim("scope", "images:admin"));

	private static final byte[] ONE = SampleImages.noise(60, 1);

	private static final byte[] TWO = SampleImages.noise(50, 2);

	private static final AtomicLong names = new AtomicLong();

	/** What the S3 server has reported. */
	private static final List<String> reports = new CopyOnWriteArrayList<>();

	private static LocalS3 s3;

	private static LocalRedis redis;

	private static LocalCloudFront cloudFront;

	private static RunningOrigin origin;

	/** Another instance of the region. */
	private static RunningOrigin other;

	@BeforeAll
	static void start() throws IOException {
		s3 = LocalS3.start(EventMessages.BUCKET, 0, reports::add);
		redis = LocalRedis.start();
		cloudFront = LocalCloudFront.start();
		origin = join();
		other = join();
		origin.awaitRegion();
		other.awaitRegion();
	}

	private static RunningOrigin join() {
		return RunningOrigin.start(s3.originProperties(0), redis.originProperties(), issuer.originProperties(),
				cloudFront.originProperties(),
				OriginSettings.open()
					.with("image-origin.events.secrets[0]", "an-older-secret-0123456789-0123456789")
					.with("image-origin.events.secrets[1]", SECRET));
	}

	@AfterAll
	static void stop() {
		other.close();
		origin.close();
		cloudFront.close();
		redis.close();
		s3.close();
	}

	@BeforeEach
	void forget() {
		reports.clear();
		cloudFront.invalidations().clear();
	}

	@Nested
	class Uploads {

		@ParameterizedTest
		@ValueSource(strings = { "plain.jpg", "a b.jpg", "a+b 100%.jpg", "ä ü/ß.jpg", "a%2Fb.jpg", "LONGEST" })
		void areWarmBeforeTheyAreAskedFor(String name) throws Exception {
			String key = name.equals("LONGEST") ? "projects/1/" + "ä".repeat(506) + "." : fresh(name);
			s3.put(key, "image/png", ONE);
			forward();
			awaitRedis(key);
			HttpResponse<byte[]> first = other.get(other.image(path(key)));
			assertThat(first.body()).isEqualTo(ONE);
			assertThat(first).hasHeader("Cache-Status",
					"image-origin-regional; hit, image-origin-memory; fwd=uri-miss; stored");
			assertThat(cloudFront.invalidations()).isEmpty();
		}

		@Test
		void endAbsencesInEveryInstance() throws Exception {
			String key = fresh("late.png");
			assertThat(other.get(other.image(key))).hasStatus(404);
			assertThat(origin.get(origin.image(key))).hasStatus(404);
			s3.put(key, "image/png", ONE);
			forward();
			awaitRedis(key);
			await().untilAsserted(() -> assertThat(other.get(other.image(key)).body()).isEqualTo(ONE));
			assertThat(origin.get(origin.image(key)).body()).isEqualTo(ONE);
		}

		@Test
		void replaceOlderVersionsAndTellTheCdnOnce() throws Exception {
			String key = fresh("rewritten.png");
			s3.put(key, "image/png", ONE);
			assertThat(other.get(other.image(key)).body()).isEqualTo(ONE);
			awaitRedis(key);
			reports.clear();
			s3.put(key, "image/png", TWO);
			forward();
			await().untilAsserted(() -> assertThat(cloudFront.invalidations()).hasSize(1));
			await().untilAsserted(() -> assertThat(other.get(other.image(key)).body()).isEqualTo(TWO));
			forward();
			barrier();
			assertThat(cloudFront.invalidations()).hasSize(1);
		}

		@Test
		void areReplacedAtTheEdgeEvenIfNoTierHasThem() throws Exception {
			String key = fresh("large.png");
			post(created(key, "\"one\"", 20_000_000, "01"));
			barrier();
			assertThat(cloudFront.invalidations()).isEmpty();
			post(created(key, "\"two\"", 20_000_000, "02"));
			await().untilAsserted(() -> assertThat(cloudFront.invalidations()).hasSize(1));
			assertThat(outcomes("created", "too-large")).isGreaterThanOrEqualTo(1);
		}

		@Test
		void thatAreGoneOrNoImagesEndQuietly() throws Exception {
			String gone = fresh("gone.png");
			double absent = outcomes("created", "absent");
			post(created(gone, "\"one\"", 100, "01"));
			await().until(() -> outcomes("created", "absent") == absent + 1);
			String text = fresh("notes.txt");
			double denied = outcomes("created", "not-an-image");
			s3.put(text, "text/plain", "hello".getBytes(StandardCharsets.UTF_8));
			forward();
			await().until(() -> outcomes("created", "not-an-image") == denied + 1);
		}

	}

	@Nested
	class Removals {

		@Test
		void purgeEveryTierAndTellTheCdnOnce() throws Exception {
			String key = fresh("deleted.png");
			s3.put(key, "image/png", ONE);
			forward();
			awaitRedis(key);
			assertThat(other.get(other.image(key)).body()).isEqualTo(ONE);
			reports.clear();
			s3.delete(key);
			for (int i = 0; i < 1000; i += 100) {
				await().until(() -> reports.size() == 1);
				assertThat(post(repeated(reports.getFirst(), 100))).hasStatus(204);
				await().until(() -> waiting() == 0);
			}
			await().untilAsserted(() -> assertThat(other.get(other.image(key))).hasStatus(404));
			assertThat(origin.get(origin.image(key))).hasStatus(404);
			assertThat(cloudFront.invalidations()).as("the same event a thousand times").hasSize(1);
		}

	}

	@Nested
	class Order {

		@Test
		void aLateRemovalPurgesNothingNewer() throws Exception {
			String key = fresh("kept.png");
			String etag = s3.put(key, "image/png", ONE);
			post(created(key, etag, ONE.length, "A0"));
			awaitRedis(key);
			double late = outcomes("removed", "late");
			post(removed(key, "9F"));
			await().until(() -> outcomes("removed", "late") == late + 1);
			assertThat(find(origin, key).path("redis").isObject()).isTrue();
			assertThat(cloudFront.invalidations()).isEmpty();
		}

		@Test
		void aLateUploadBringsNothingBack() throws Exception {
			String key = fresh("removed.png");
			String etag = s3.put(key, "image/png", ONE);
			post(removed(key, "0100"));
			await().until(() -> cloudFront.invalidations().size() == 1);
			double late = outcomes("created", "late");
			post(created(key, etag, ONE.length, "FF"));
			await().until(() -> outcomes("created", "late") == late + 1);
			assertThat(find(origin, key).path("redis").isNull()).isTrue();
		}

	}

	@Nested
	class Webhook {

		@Test
		void takesASecretOrAToken() throws Exception {
			String body = created(fresh("x"), "\"one\"", 20_000_000, "01");
			assertThat(post(origin, body, "Authorization", BEARER)).hasStatus(204);
			assertThat(post(origin, body, "Authorization", "bearer an-older-secret-0123456789-0123456789"))
				.hasStatus(204);
			assertThat(post(origin, body, "Authorization", ADMIN)).hasStatus(204)
				.hasHeader("Cache-Control", "no-store");
		}

		@Test
		void refusesOthersAndDoesNothing() throws Exception {
			String key = fresh("private.png");
			String body = created(key, s3.put(key, "image/png", ONE), ONE.length, "01");
			assertThat(post(origin, body)).hasStatus(401).hasHeader("WWW-Authenticate", "Bearer");
			assertThat(post(origin, body, "Authorization", "Bearer wrong-secret-0123456789-abcdefghij")).hasStatus(401);
			assertThat(post(origin, body, "Authorization", "Basic " + SECRET)).hasStatus(401);
			assertThat(post(origin, body, "Authorization", BEARER, "Authorization", BEARER)).hasStatus(401);
			assertThat(post(origin, body, "Authorization", "Bearer " + issuer.token("1"))).hasStatus(403);
			barrier();
			assertThat(find(origin, key).path("redis").isNull()).isTrue();
		}

		@Test
		void knowsItsMethods() throws Exception {
			assertThat(origin.send("HEAD", origin.management("/actuator/images/events"))).hasStatus(204);
			assertThat(origin.send("GET", origin.management("/actuator/images/events"))).hasStatus(405)
				.hasHeader("Allow", "POST, HEAD");
			assertThat(origin.send("DELETE", origin.management("/actuator/images/events"), "Authorization", BEARER))
				.hasStatus(405);
		}

		@ParameterizedTest
		@ValueSource(strings = { "", "no json", "{}", "{\"Records\":[]}", "[1,2]" })
		void refusesWhatIsNoEvent(String body) throws Exception {
			assertThat(post(body)).hasStatus(400).hasHeader("Content-Type", "application/problem+json");
		}

		@Test
		void refusesWhatIsTooLarge() throws Exception {
			assertThat(post(" ".repeat(1024 * 1024) + "{}")).hasStatus(413);
			String one = "{\"eventVersion\":\"2.1\",\"eventName\":\"a\"}";
			String many = IntStream.range(0, 10_000).mapToObj((i) -> one).collect(Collectors.joining(","));
			assertThat(post("{\"Records\":[" + many + "]}")).hasStatus(413);
		}

		@Test
		void takesTestEventsAndThoseOfOtherBuckets() throws Exception {
			double foreign = outcomes("created", "foreign");
			assertThat(post("{\"Service\":\"Amazon S3\",\"Event\":\"s3:TestEvent\",\"Bucket\":\"images\"}"))
				.hasStatus(204);
			assertThat(post(created("a.png", "\"1\"", 1, "01").replace("\"name\":\"images\"", "\"name\":\"theirs\"")))
				.hasStatus(204);
			await().until(() -> outcomes("created", "foreign") == foreign + 1);
			double invalid = outcomes("created", "invalid-key");
			assertThat(post(created("a/../b.png", "\"1\"", 1, "01"))).hasStatus(204);
			await().until(() -> outcomes("created", "invalid-key") == invalid + 1);
		}

		/** The queue takes a list whole or not at all. */
		@Test
		void refusesListsWhileItsQueueIsFull() throws Exception {
			redis.pause();
			try {
				List<Integer> statuses = new CopyOnWriteArrayList<>();
				for (int i = 0; i < 4; i++) {
					statuses.add(post(repeated(removed(fresh("queued"), "01"), 400)).statusCode());
				}
				assertThat(statuses).containsExactly(204, 204, 503, 503);
				assertThat(post(repeated(removed(fresh("queued"), "01"), 400))).hasStatus(503)
					.hasHeader("Retry-After", "5");
			}
			finally {
				redis.resume();
			}
			await().atMost(Duration.ofSeconds(60)).until(() -> waiting() == 0);
		}

	}

	/** Posts what the S3 server has reported, as soon as it has. */
	private static void forward() throws Exception {
		await().until(() -> !reports.isEmpty());
		for (String report : reports) {
			assertThat(post(report)).hasStatus(204);
		}
	}

	/** Waits until everything that was posted is done. */
	private static void barrier() {
		await().until(() -> waiting() == 0);
	}

	private static String fresh(String name) {
		return "projects/1/" + names.incrementAndGet() + "/" + name;
	}

	private static HttpResponse<byte[]> post(String body) throws Exception {
		return post(origin, body, "Authorization", BEARER);
	}

	private static HttpResponse<byte[]> post(RunningOrigin to, String body, String... headers) throws Exception {
		return to.post(to.management("/actuator/images/events"), body, headers);
	}

	private static void awaitRedis(String key) {
		await().until(() -> find(origin, key).path("redis").isObject());
	}

	private static JsonNode find(RunningOrigin where, String key) throws Exception {
		return EventMessages.find(where, key, ADMIN);
	}

	private static double outcomes(String kind, String outcome) throws Exception {
		return EventMessages.outcomes(origin, kind, outcome);
	}

	private static double waiting() throws Exception {
		return EventMessages.metric(origin, "image_origin_events_waiting");
	}

}
