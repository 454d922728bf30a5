package ai.doxle.imageorigin.contract;

import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.HttpClient;

import ai.doxle.imageorigin.harness.LocalS3;
import ai.doxle.imageorigin.harness.RunningOrigin;
import ai.doxle.imageorigin.harness.SampleImages;
import ai.doxle.imageorigin.harness.SampleImages.Sample;
import ai.doxle.imageorigin.harness.TokenIssuer;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Where {@code server.http2.enabled} is set, images in memory are answered right behind
 * the HTTP codec in both versions, as they are without that short cut.
 */
class Http2ShortCutIT {

	private static final Map<String, Sample> samples = SampleImages.small();

	private static final TokenIssuer issuer = new TokenIssuer();

	private static final String TOKEN = issuer.token("123");

	private static final String SECRET = "edge-secret-0123456789";

	private static final String IMAGE = SampleImages.BLOCK + "img.jpg";

	private static final Duration PATIENCE = Duration.ofSeconds(60);

	private static final java.net.http.HttpClient client = java.net.http.HttpClient.newHttpClient();

	private static LocalS3 s3;

	private static RunningOrigin quick;

	private static RunningOrigin ordinary;

	@BeforeAll
	static void start() {
		s3 = LocalS3.start("images");
		samples.forEach((key, sample) -> s3.put(key, sample.contentType(), sample.bytes()));
		quick = origin("true");
		ordinary = origin("false");
		for (String key : samples.keySet()) {
			for (RunningOrigin origin : List.of(quick, ordinary)) {
				ask(origin, Version.HTTP_2, "GET", path(key)).join();
			}
		}
	}

	@AfterAll
	static void stop() {
		client.close();
		quick.close();
		ordinary.close();
		s3.close();
	}

	private static RunningOrigin origin(String shortCut) {
		Properties properties = new Properties();
		properties.setProperty("server.http2.enabled", "true");
		properties.setProperty("image-origin.short-cut", shortCut);
		properties.setProperty("image-origin.access.project-claim", "projects");
		properties.setProperty("image-origin.access.edge-secrets", SECRET);
		properties.setProperty("image-origin.cors.allowed-origins", "https://annotate.example");
		return RunningOrigin.start(s3.originProperties(0), issuer.originProperties(), properties);
	}

	@ParameterizedTest
	@EnumSource
	void answersEverySampleAlike(Version version) {
		samples.forEach((key, sample) -> {
			Response response = expectAlike(version, "GET", path(key));
			assertThat(response.headers()).containsEntry("cache-status", List.of("image-origin-memory; hit"));
			assertThat(response.body()).isEqualTo(sample.bytes());
			expectAlike(version, "HEAD", path(key));
		});
	}

	@ParameterizedTest
	@EnumSource
	void settlesConditionalsAndRangesAlike(Version version) {
		String etag = expectAlike(version, "GET", path(IMAGE)).headers().get("etag").getFirst();
		for (String[] headers : new String[][] { { "If-None-Match", etag }, { "If-None-Match", "*" },
				{ "If-None-Match", "\"x\"" }, { "If-Match", "\"x\"" }, { "Range", "bytes=0-99" },
				{ "Range", "bytes=-5" }, { "Range", "bytes=999999999-" }, { "Range", "bytes=5-1" },
				{ "Range", "bytes=0-9", "If-Range", etag }, { "Range", "bytes=0-9", "If-Range", "\"x\"" },
				{ "Origin", "https://annotate.example" }, { "Origin", "https://foreign.example" } }) {
			expectAlike(version, "GET", path(IMAGE), headers);
			expectAlike(version, "HEAD", path(IMAGE), headers);
		}
	}

	@ParameterizedTest
	@EnumSource
	void refusesAlike(Version version) {
		expectAlike(version, "GET", path(SampleImages.BLOCK + "absent"));
		expectAlike(version, "GET", path(IMAGE) + "?a=b");
		expectAlike(version, "GET", path(IMAGE).replace("/blocks", "%2Fblocks"));
		expectAlike(version, "POST", path(IMAGE));
		expectAlike(version, "PUT", path(IMAGE));
		expectAlike(version, "GET", path(IMAGE), "Authorization", "Bearer a.b.c");
		expectAlike(version, "GET", path(IMAGE), "X-Origin-Verify", "wrong");
	}

	@ParameterizedTest
	@EnumSource
	void leavesHitsOutOfTheOrdinaryWay(Version version) throws Exception {
		double before = quick.ordinaryRequests();
		double there = ordinary.ordinaryRequests();
		for (int i = 0; i < 20; i++) {
			expectAlike(version, "GET", path(IMAGE));
		}
		assertThat(quick.ordinaryRequests()).isEqualTo(before);
		assertThat(ordinary.ordinaryRequests()).isEqualTo(there + 20);
	}

	/** On one connection, hits and misses among each other. */
	@Test
	void answersManyStreamsAtOnce() {
		byte[] image = samples.get(IMAGE).bytes();
		for (int round = 0; round < 10; round++) {
			List<CompletableFuture<Response>> absent = askAtOnce(path(SampleImages.BLOCK + "absent-" + round), 10);
			List<CompletableFuture<Response>> present = askAtOnce(path(IMAGE), 40);
			assertThat(absent).map(CompletableFuture::join).extracting(Response::status).containsOnly(404);
			assertThat(present).map(CompletableFuture::join).extracting(Response::body).containsOnly(image);
		}
	}

	private static List<CompletableFuture<Response>> askAtOnce(String target, int times) {
		return Stream.generate(() -> ask(quick, Version.HTTP_2, "GET", target)).limit(times).toList();
	}

	/** Without asking for the version first. */
	@Test
	void answersPriorKnowledge() {
		byte[] image = HttpClient.newConnection()
			.protocol(HttpProtocol.H2C)
			.headers((headers) -> headers.set("X-Origin-Verify", SECRET).set("Authorization", "Bearer " + TOKEN))
			.get()
			.uri("http://127.0.0.1:" + quick.port() + path(IMAGE))
			.responseSingle((head, body) -> body.asByteArray())
			.block(PATIENCE);
		assertThat(image).isEqualTo(samples.get(IMAGE).bytes());
	}

	private static Response expectAlike(Version version, String method, String target, String... headers) {
		Response there = ask(ordinary, version, method, target, headers).join();
		Response here = ask(quick, version, method, target, headers).join();
		String request = version + " " + method + " " + target + " " + Arrays.toString(headers);
		assertThat(here.status()).as(request).isEqualTo(there.status());
		assertThat(here.headers()).as(request).containsExactlyInAnyOrderEntriesOf(there.headers());
		assertThat(here.body()).as(request).isEqualTo(there.body());
		return here;
	}

	private static CompletableFuture<Response> ask(RunningOrigin origin, Version version, String method, String target,
			String... headers) {
		HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + origin.port() + target))
			.version(version)
			.timeout(PATIENCE)
			.method(method, method.equals("PUT") ? BodyPublishers.ofString("a body") : BodyPublishers.noBody())
			.header("X-Origin-Verify", SECRET)
			.header("Authorization", "Bearer " + TOKEN);
		for (int i = 0; i < headers.length; i += 2) {
			request.setHeader(headers[i], headers[i + 1]);
		}
		return client.sendAsync(request.build(), BodyHandlers.ofByteArray()).thenApply((response) -> {
			assertThat(response.version()).isEqualTo(version);
			return Response.of(response);
		});
	}

	private static String path(String key) {
		return "/proxy-image/" + URLEncoder.encode(key, StandardCharsets.UTF_8).replace("+", "%20").replace("%2F", "/");
	}

	/** A response, without Date. */
	@SuppressWarnings("ArrayRecordComponent")
	private record Response(int status, Map<String, List<String>> headers, byte[] body) {

		static Response of(HttpResponse<byte[]> response) {
			Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
			headers.putAll(response.headers().map());
			assertThat(headers.remove("date")).as("Date").hasSize(1);
			headers.computeIfPresent("server-timing",
					(name, values) -> List.of(values.getFirst().replaceAll("(s3|redis);dur=[\\d.]+", "$1")));
			return new Response(response.statusCode(), headers, response.body());
		}

	}

}
