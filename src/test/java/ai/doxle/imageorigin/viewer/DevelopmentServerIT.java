package ai.doxle.imageorigin.viewer;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import ai.doxle.imageorigin.harness.LocalRedis;
import ai.doxle.imageorigin.harness.LocalS3;
import ai.doxle.imageorigin.harness.SampleImages;
import ai.doxle.imageorigin.harness.cdn.Place;
import ai.doxle.imageorigin.harness.viewer.DevelopmentServer;

import static ai.doxle.imageorigin.harness.ResponseAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The development server and its emulated edges, without a browser.
 */
class DevelopmentServerIT {

	private static final String KEY = SampleImages.BLOCK + "floor.png";

	private static final byte[] IMAGE = SampleImages.small().get(KEY).bytes();

	private static final HttpClient client = HttpClient.newHttpClient();

	private static LocalRedis redis;

	private static DevelopmentServer server;

	private static String cookies;

	@BeforeAll
	static void start() {
		redis = LocalRedis.start();
		server = DevelopmentServer.start((events) -> LocalS3.start("development-images", 0, events),
				redis.originProperties(), List.of(Place.sydney(0), Place.london(0)), "--server.port=0",
				"--management.server.port=0");
		cookies = server.cookies(DevelopmentServer.PROJECT, Instant.now().plus(Duration.ofHours(1)));
	}

	@AfterAll
	static void stop() {
		server.close();
		redis.close();
	}

	@BeforeEach
	void purge() throws Exception {
		URI door = server.page().resolve("/viewer/images?key=" + KEY);
		// one that is done in part only (502, 503: Redis is slow) is repeated
		await().atMost(Duration.ofMinutes(1)).until(() -> send("DELETE", door, "").statusCode() == 200);
	}

	@Test
	void servesThePageWithAPolicyThatAllowsItsOwnScriptsOnly() throws Exception {
		for (URI host : List.of(server.page(), server.edges().get("London"))) {
			HttpResponse<byte[]> page = get(host.resolve("/"));
			assertThat(page).hasStatus(200)
				.hasHeaderStarting("Content-Security-Policy",
						"default-src 'none'; script-src 'self'; style-src 'self'; ")
				.hasHeader("Content-Type", "text/html");
			assertThat(get(host.resolve("/js/main.js"))).hasStatus(200);
		}
		assertThat(get(server.page().resolve("/js/absent.js"))).hasStatus(404);
		assertThat(get(server.page().resolve("/js/..%2Findex.html"))).hasStatus(404);
	}

	@Test
	void tellsThePageWhereEverythingIs() throws Exception {
		JsonNode config = new JsonMapper().readTree(get(server.page().resolve("/config.json")).body());
		assertThat(config.at("/edges/1/url").asString()).isEqualTo(server.edges().get("London").toString());
		String token = config.at("/users/1/token").asString();
		HttpResponse<byte[]> session = get(server.page().resolve("/proxy-image-session"), "Authorization",
				"Bearer " + token);
		assertThat(new JsonMapper().readTree(session.body()).at("/projects/0").asString())
			.isEqualTo(DevelopmentServer.OTHER_PROJECT);
	}

	@Test
	void asksFromEdgeToStoreOnlyWhatNobodyBeforeHas() throws Exception {
		assertThat(image("Sydney", cookies)).hasBody(IMAGE)
			.hasHeader("X-Cache", "Miss from cloudfront")
			.hasHeader("X-Shield-Cache", "Miss from shield")
			.hasHeaderWith("Cache-Status", "image-origin-memory; fwd=uri-miss")
			.hasHeaderWith("Server-Timing", "s3;dur=", "shield;dur=", "edge;dur=");
		assertThat(image("Sydney", cookies)).hasBody(IMAGE)
			.hasHeader("X-Cache", "Hit from cloudfront")
			.hasNoHeader("X-Shield-Cache");
		assertThat(image("London", cookies)).hasBody(IMAGE)
			.hasHeader("X-Cache", "Miss from cloudfront")
			.hasHeader("X-Shield-Cache", "Hit from shield");
	}

	@Test
	void refusesAtTheEdgeWhomTheOriginWouldRefuseHitsIncluded() throws Exception {
		assertThat(image("London", cookies)).hasStatus(200);
		String expired = server.cookies(DevelopmentServer.PROJECT, Instant.now().minusSeconds(1));
		String other = server.cookies(DevelopmentServer.OTHER_PROJECT, Instant.now().plusSeconds(60));
		for (String refused : List.of("unrelated=1", expired, other)) {
			assertThat(image("London", refused)).hasStatus(403).hasHeader("X-Cache", "Error from cloudfront");
		}
	}

	@Test
	void forgetsAtEveryEdgeWhatIsPurged() throws Exception {
		image("Sydney", cookies);
		image("London", cookies);
		purge();
		assertThat(image("London", cookies)).hasHeader("X-Shield-Cache", "Miss from shield");
		assertThat(image("Sydney", cookies)).hasHeader("X-Shield-Cache", "Hit from shield");
	}

	@Test
	void takesUploadsUnderAnyKey() throws Exception {
		String path = "projects/123/blocks/uploads/fa%C3%A7ade%20%2B1.png";
		HttpRequest upload = HttpRequest.newBuilder(server.page().resolve("/viewer/uploads/" + path))
			.header("Content-Type", "image/png")
			.PUT(BodyPublishers.ofByteArray(IMAGE))
			.build();
		assertThat(client.send(upload, BodyHandlers.ofByteArray())).hasStatus(201);
		URI image = server.edges().get("London").resolve("/proxy-image/" + path);
		assertThat(get(image, "Cookie", cookies).body()).isEqualTo(IMAGE);
	}

	@Test
	void hasAnUploadInMemoryBeforeItIsAskedFor() throws Exception {
		String key = SampleImages.BLOCK + "uploaded.png";
		server.s3().put(key, "image/png", IMAGE);
		URI look = server.page().resolve("/viewer/images?key=" + key);
		await().atMost(Duration.ofSeconds(30))
			.until(() -> new JsonMapper().readTree(get(look).body()).path("memory").isObject());
		assertThat(get(server.edges().get("London").resolve("/proxy-image/" + key), "Cookie", cookies)).hasBody(IMAGE)
			.hasHeader("X-Shield-Cache", "Miss from shield")
			.hasHeader("Cache-Status", "image-origin-memory; hit");
	}

	private static HttpResponse<byte[]> image(String place, String cookies) throws IOException, InterruptedException {
		return get(server.edges().get(place).resolve("/proxy-image/" + KEY), "Cookie", cookies);
	}

	private static HttpResponse<byte[]> get(URI uri, String... headers) throws IOException, InterruptedException {
		return send("GET", uri, "", headers);
	}

	private static HttpResponse<byte[]> send(String method, URI uri, String body, String... headers)
			throws IOException, InterruptedException {
		HttpRequest.Builder request = HttpRequest.newBuilder(uri).method(method, BodyPublishers.ofString(body));
		if (headers.length > 0) {
			request.headers(headers);
		}
		return client.send(request.build(), BodyHandlers.ofByteArray());
	}

}
