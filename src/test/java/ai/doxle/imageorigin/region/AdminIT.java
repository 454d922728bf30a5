package ai.doxle.imageorigin.region;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Properties;
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
import tools.jackson.databind.json.JsonMapper;

import ai.doxle.imageorigin.harness.LocalCloudFront;
import ai.doxle.imageorigin.harness.LocalS3;
import ai.doxle.imageorigin.harness.RunningOrigin;
import ai.doxle.imageorigin.harness.SampleImages;
import ai.doxle.imageorigin.harness.SampleImages.Sample;
import ai.doxle.imageorigin.harness.TokenIssuer;

import static ai.doxle.imageorigin.harness.ResponseAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Upkeep on the management port, through real sockets, with a real S3 server and one that
 * speaks CloudFront's API.
 */
class AdminIT {

	private static final TokenIssuer issuer = new TokenIssuer();

	private static final String ADMIN = "Bearer "
			+ issuer.token((claims) -> claims.claim("scope", "images:read images:admin"));

	private static final Map<String, Sample> samples = SampleImages.small();

	private static final String IMAGE = SampleImages.BLOCK + "img.jpg";

	private static LocalS3 s3;

	private static LocalCloudFront cloudFront;

	private static RunningOrigin origin;

	@BeforeAll
	static void start() throws IOException {
		s3 = LocalS3.start("images");
		samples.forEach((key, sample) -> s3.put(key, sample.contentType(), sample.bytes()));
		cloudFront = LocalCloudFront.start();
		origin = RunningOrigin.start(s3.originProperties(0), issuer.originProperties(), cloudFront.originProperties(),
				mode("open"));
	}

	@AfterAll
	static void stop() {
		origin.close();
		cloudFront.close();
		s3.close();
	}

	@BeforeEach
	void forgetAll() throws Exception {
		assertThat(delete("tag=project:123").statusCode()).isEqualTo(200);
		cloudFront.invalidations().clear();
	}

	@Nested
	class Lookups {

		@Test
		void findsAnImageInMemoryAndForgetsIt() throws Exception {
			assertThat(find(IMAGE).path("memory").isNull()).isTrue();
			warm(IMAGE);
			JsonNode found = find(IMAGE);
			assertThat(found.path("key").asString()).isEqualTo(IMAGE);
			assertThat(found.path("redis").isNull()).isTrue();
			JsonNode memory = found.path("memory");
			assertThat(memory.path("length").asInt()).isEqualTo(samples.get(IMAGE).bytes().length);
			assertThat(memory.path("mediaType").asString()).isEqualTo("image/jpeg");
			assertThat(memory.path("etag").asString()).matches("\"[0-9a-f]{32}\"");
			assertThat(memory.path("lastModified").asString()).matches("20\\d\\d-.*Z");
			JsonNode purged = json(delete("key=" + IMAGE));
			assertThat(purged.path("selection").path("key").asString()).isEqualTo(IMAGE);
			assertThat(purged.path("memory").asInt()).isEqualTo(1);
			assertThat(purged.path("redis").isNull()).isTrue();
			assertThat(find(IMAGE).path("memory").isNull()).isTrue();
		}

		@Test
		void findsByKeyOnly() throws Exception {
			assertThat(origin.get(uri("?tag=project:123"), "Authorization", ADMIN).statusCode()).isEqualTo(400);
			assertThat(find("a+b").path("key").asString()).isEqualTo("a b");
			assertThat(find("a%2Bb").path("key").asString()).isEqualTo("a+b");
		}

	}

	@Nested
	class Purges {

		@Test
		void forgetsByPrefixAndByTag() throws Exception {
			String[] keys = samples.keySet().toArray(new String[0]);
			warm(keys);
			assertThat(json(delete("prefix=projects/12")).path("memory").asInt()).isEqualTo(0);
			assertThat(json(delete("prefix=projects/123")).path("memory").asInt()).isEqualTo(keys.length);
			warm(keys);
			assertThat(json(delete("tag=block:45")).path("memory").asInt()).isEqualTo(0);
			assertThat(json(delete("tag=block:456")).path("memory").asInt()).isEqualTo(keys.length);
			assertThat(find(IMAGE).path("memory").isNull()).isTrue();
		}

		/** As HTTP libraries encode a query. */
		@Test
		void aPlusIsABlank() throws Exception {
			String key = SampleImages.BLOCK + "a+b 100%.png";
			warm(key);
			String encoded = URLEncoder.encode(key, StandardCharsets.UTF_8);
			assertThat(encoded).contains("a%2Bb+100%25.png");
			assertThat(json(delete("key=" + encoded)).path("memory").asInt()).isEqualTo(1);
		}

		@Test
		void whatItTellsTheCdnIsTheTagThatTheImageCarries() throws Exception {
			String key = SampleImages.BLOCK + "a+b 100%.png";
			delete("key=" + URLEncoder.encode(key, StandardCharsets.UTF_8));
			String tag = cloudFront.invalidations().getLast().items().getFirst().substring(1);
			String raw = URLEncoder.encode(key, StandardCharsets.UTF_8).replace("+", "%20");
			assertThat(header(origin.get(origin.image(raw)), "Cache-Tag")).endsWith("," + tag);
		}

		@Test
		void servesTheNewBytesAfterAPurge() throws Exception {
			byte[] before = samples.get(SampleImages.BLOCK + "floor.png").bytes();
			byte[] after = SampleImages.small().get(SampleImages.BLOCK + "a+b 100%.png").bytes().clone();
			after[after.length - 1] ^= 1;
			String key = SampleImages.BLOCK + "rewritten.png";
			s3.put(key, "image/png", before);
			assertThat(origin.get(origin.image(key)).body()).isEqualTo(before);
			s3.put(key, "image/png", after);
			delete("key=" + key);
			assertThat(origin.get(origin.image(key)).body()).isEqualTo(after);
		}

		@Test
		void tellsTheCdn() throws Exception {
			JsonNode purged = json(delete("key=projects/123/a%2Bb%20(1).png"));
			delete("prefix=projects/80/");
			delete("prefix=projects/80/a+(b)");
			delete("tag=project:123");
			assertThat(purged.path("cdn").path("invalidation").asString()).isEqualTo("I1");
			assertThat(cloudFront.invalidations()).map(LocalCloudFront.Invalidation::items)
				.containsExactly(List.of("#key:751d791ff685adab"), List.of("#project:80"),
						List.of("/proxy-image/projects/80/a%20(b)/*", "/proxy-image/projects/80/a%20%28b%29/*"),
						List.of("#project:123"));
			assertThat(cloudFront.invalidations()).map(LocalCloudFront.Invalidation::reference).doesNotHaveDuplicates();
		}

		@Test
		void saysThatTheCdnWasNotTold() throws Exception {
			cloudFront.refuse(true);
			try {
				HttpResponse<byte[]> response = delete("key=" + IMAGE);
				assertThat(response).hasStatus(502)
					.hasHeader("Content-Type", "application/problem+json")
					.hasHeader("Cache-Control", "no-store");
				assertThat(text(response)).contains("not at the CDN").doesNotContain("secret detail");
				assertThat(json(response).path("memory").isNumber()).isTrue();
			}
			finally {
				cloudFront.refuse(false);
			}
		}

		@ParameterizedTest
		@ValueSource(strings = { "", "?", "?key=", "?key=a&tag=project:1", "?name=a", "?key=a/../b", "?prefix=/",
				"?tag=x", "?key=%FF" })
		void refusesUnclearPurges(String query) throws Exception {
			HttpResponse<byte[]> response = origin.send("DELETE", uri(query), "Authorization", ADMIN);
			assertThat(response).hasStatus(400).hasHeader("Content-Type", "application/problem+json");
		}

	}

	@Nested
	class Warming {

		@Test
		void warmsInTheBackground() throws Exception {
			HttpResponse<byte[]> response = post("{\"keys\": [\"" + IMAGE + "\", \"" + IMAGE + "\", \"absent\"]}");
			assertThat(response).hasStatus(202);
			assertThat(json(response).path("accepted").asInt()).isEqualTo(2);
			await().untilAsserted(() -> assertThat(find(IMAGE).path("memory").isObject()).isTrue());
		}

		@ParameterizedTest
		@ValueSource(strings = { "", "{", "[]", "{}", "{\"keys\": []}", "{\"keys\": \"a\"}", "{\"keys\": [1]}" })
		void refusesToWarmNonsense(String body) throws Exception {
			assertThat(post(body).statusCode()).isEqualTo(400);
		}

		@Test
		void namesBadKeys() throws Exception {
			HttpResponse<byte[]> response = post("{\"keys\": [\"good\", \"a/../b\", \"\"]}");
			assertThat(response).hasStatus(400);
			assertThat(json(response).path("badKeys").propertyNames()).containsExactly("a/../b", "");
		}

		@Test
		void limitsWarming() throws Exception {
			assertThat(post(keys(1000)).statusCode()).isEqualTo(202);
			assertThat(post(keys(1001)).statusCode()).isEqualTo(413);
			assertThat(post("{\"keys\": [\"" + "a".repeat(7_000_000) + "\"]}").statusCode()).isEqualTo(413);
		}

	}

	@Nested
	class Access {

		@Test
		void namesTheMethods() throws Exception {
			HttpResponse<byte[]> response = origin.send("PUT", uri("?key=a"), "Authorization", ADMIN);
			assertThat(response).hasStatus(405).hasHeader("Allow", "GET, DELETE, POST");
		}

		@Test
		void needsAToken() throws Exception {
			for (String method : List.of("GET", "DELETE", "POST")) {
				HttpResponse<byte[]> response = origin.send(method, uri("?key=a"));
				assertThat(response).hasStatus(401)
					.hasHeader("WWW-Authenticate", "Bearer")
					.hasHeader("Content-Type", "application/problem+json");
				HttpResponse<byte[]> forged = origin.send(method, uri("?key=a"), "Authorization",
						"Bearer " + new TokenIssuer().token((claims) -> claims.claim("scope", "images:admin")));
				assertThat(forged).hasStatus(401)
					.hasHeaderStarting("WWW-Authenticate", "Bearer error=\"invalid_token\"");
			}
		}

		@Test
		void needsTheScope() throws Exception {
			for (String token : List.of(issuer.token("123"),
					issuer.token((claims) -> claims.claim("scope", "images:administrator")),
					issuer.token((claims) -> claims.claim("scp", List.of("images", "admin"))))) {
				HttpResponse<byte[]> response = origin.get(uri("?key=a"), "Authorization", "Bearer " + token);
				assertThat(response).hasStatus(403);
				assertThat(header(response, "WWW-Authenticate"))
					.isEqualTo("Bearer error=\"insufficient_scope\", scope=\"images:admin\"");
			}
			String listed = issuer.token((claims) -> claims.claim("scp", List.of("x", "images:admin")));
			assertThat(origin.get(uri("?key=a"), "Authorization", "Bearer " + listed).statusCode()).isEqualTo(200);
		}

		@Test
		void isNotOnThePublicPort() throws Exception {
			URI uri = URI.create("http://127.0.0.1:" + origin.port() + "/actuator/images?key=a");
			for (String method : List.of("GET", "DELETE", "POST")) {
				assertThat(origin.send(method, uri, "Authorization", ADMIN).statusCode()).isEqualTo(404);
			}
		}

		@Test
		void isNotThereWithoutTokenKeys() throws Exception {
			try (RunningOrigin without = RunningOrigin.start(s3.originProperties(0), mode("open"))) {
				URI uri = without.management("/actuator/images?key=a");
				assertThat(without.get(uri).statusCode()).isEqualTo(404);
				assertThat(without.get(uri, "Authorization", ADMIN).statusCode()).isEqualTo(404);
				assertThat(without.send("DELETE", uri, "Authorization", ADMIN).statusCode()).isEqualTo(404);
			}
		}

		@Test
		void needsTheScopeWhereReadersNeedTokensToo() throws Exception {
			try (RunningOrigin strict = RunningOrigin.start(s3.originProperties(0), issuer.originProperties(),
					mode("required"))) {
				URI uri = strict.management("/actuator/images?key=a");
				assertThat(strict.get(uri).statusCode()).isEqualTo(401);
				assertThat(strict.get(uri, "Authorization", "Bearer " + issuer.token("123")).statusCode())
					.isEqualTo(403);
				HttpResponse<byte[]> response = strict.send("DELETE", uri, "Authorization", ADMIN);
				assertThat(response).hasStatus(200);
				assertThat(json(response).path("cdn").isNull()).isTrue();
			}
		}

	}

	private static void warm(String... keys) throws Exception {
		for (String key : keys) {
			post(JsonMapper.shared().writeValueAsString(Map.of("keys", List.of(key))));
		}
		await().untilAsserted(() -> {
			for (String key : keys) {
				String raw = URLEncoder.encode(key, StandardCharsets.UTF_8).replace("+", "%20");
				assertThat(find(raw).path("memory").isObject()).as(key).isTrue();
			}
		});
	}

	private static JsonNode find(String rawKey) throws Exception {
		HttpResponse<byte[]> response = origin.get(uri("?key=" + rawKey), "Authorization", ADMIN);
		assertThat(response).hasStatus(200);
		return json(response);
	}

	private static HttpResponse<byte[]> delete(String query) throws Exception {
		return origin.send("DELETE", uri("?" + query), "Authorization", ADMIN);
	}

	private static HttpResponse<byte[]> post(String body) throws Exception {
		return origin.post(uri(""), body, "Authorization", ADMIN, "Content-Type", "application/json");
	}

	private static String keys(int count) {
		return IntStream.range(0, count)
			.mapToObj((i) -> "\"image-" + i + "\"")
			.collect(Collectors.joining(", ", "{\"keys\": [", "]}"));
	}

	private static URI uri(String query) {
		return origin.management("/actuator/images" + query);
	}

	private static Properties mode(String mode) {
		Properties properties = new Properties();
		properties.setProperty("image-origin.access.mode", mode);
		return properties;
	}

	private static JsonNode json(HttpResponse<byte[]> response) {
		return JsonMapper.shared().readTree(response.body());
	}

	private static String text(HttpResponse<byte[]> response) {
		return new String(response.body(), StandardCharsets.UTF_8);
	}

	private static String header(HttpResponse<byte[]> response, String name) {
		return response.headers().firstValue(name).orElse(null);
	}

}
