package ai.doxle.imageorigin.contract;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Properties;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import ai.doxle.imageorigin.harness.LocalS3;
import ai.doxle.imageorigin.harness.OriginSettings;
import ai.doxle.imageorigin.harness.RunningOrigin;
import ai.doxle.imageorigin.harness.SampleImages;
import ai.doxle.imageorigin.harness.SampleImages.Sample;
import ai.doxle.imageorigin.harness.TokenIssuer;

import static ai.doxle.imageorigin.harness.ResponseAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * The HTTP contract, through real sockets, on real images of a real S3 server.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HttpContractIT {

	private static final TokenIssuer issuer = new TokenIssuer();

	private static final Map<String, Sample> samples = SampleImages.small();

	private static final String IMAGE = SampleImages.BLOCK + "img.jpg";

	private static final byte[] BYTES = samples.get(IMAGE).bytes();

	private static final String SECRET = "edge-secret-0123456789";

	private LocalS3 s3;

	private RunningOrigin origin;

	private RunningOrigin guarded;

	/** Starts the server with an empty bucket. */
	LocalS3 startS3() {
		return LocalS3.start("images");
	}

	/** Starts the tier of the region, if there is to be one. */
	Properties startRedis() {
		return new Properties();
	}

	@BeforeAll
	void start() {
		this.s3 = startS3();
		Properties region = startRedis();
		samples.forEach((key, sample) -> this.s3.put(key, sample.contentType(), sample.bytes()));
		this.s3.put("page.html", "text/html", "<html>".getBytes(StandardCharsets.UTF_8));
		this.s3.put("denial.png", "image/png", "<html>not an image".getBytes(StandardCharsets.UTF_8));
		this.s3.put("unknown.bin", "application/octet-stream", "whatever".getBytes(StandardCharsets.UTF_8));
		this.s3.put("empty.bin", "application/octet-stream", new byte[0]);
		Properties open = OriginSettings.open();
		this.origin = RunningOrigin.start(this.s3.originProperties(0), region, open);
		Properties required = new Properties();
		required.setProperty("image-origin.access.project-claim", "projects");
		required.setProperty("image-origin.access.edge-secrets", SECRET + ",another-secret-0123456789");
		required.setProperty("image-origin.cors.allowed-origins", "https://annotate.example");
		this.guarded = RunningOrigin.start(this.s3.originProperties(0), region, issuer.originProperties(), required);
	}

	@AfterAll
	void stop() {
		this.origin.close();
		this.guarded.close();
		this.s3.close();
	}

	@Test
	void servesEverySampleByteForByte() throws Exception {
		for (Map.Entry<String, Sample> sample : samples.entrySet()) {
			HttpResponse<byte[]> response = this.origin.get(image(sample.getKey()));
			assertThat(response.statusCode()).as(sample.getKey()).isEqualTo(200);
			assertThat(response.body()).as(sample.getKey()).isEqualTo(sample.getValue().bytes());
		}
	}

	@Test
	void describesAnImageFully() throws Exception {
		HttpResponse<byte[]> response = this.origin.get(image(IMAGE));
		assertThat(response).hasHeader("Content-Type", "image/jpeg")
			.hasHeader("Content-Length", String.valueOf(BYTES.length));
		assertThat(header(response, "ETag")).matches("\"[0-9a-f]{32}\"");
		assertThat(response).hasHeaderEnding("Last-Modified", "GMT")
			.hasHeaderEnding("Date", "GMT")
			.hasHeader("Accept-Ranges", "bytes")
			.hasHeader("Cache-Control", "public, max-age=31536000, immutable")
			.hasHeader("X-Content-Type-Options", "nosniff")
			.hasHeaderStarting("Cache-Status", "image-origin-");
		assertThat(header(response, "Server-Timing")).containsPattern("(memory|redis);dur=");
		assertThat(response).hasHeader("Timing-Allow-Origin", "*")
			.hasHeader("Access-Control-Allow-Origin", "*")
			.hasHeader("Cache-Tag", "project:123,block:456,key:b810bef6ea61aea2");
	}

	@Test
	void answersHeadWithTheSameHeadersAndNoBody() throws Exception {
		HttpResponse<byte[]> get = this.origin.get(image(IMAGE));
		HttpResponse<byte[]> head = this.origin.send("HEAD", image(IMAGE));
		assertThat(head).hasStatus(200).hasNoBody();
		for (String name : new String[] { "Content-Type", "Content-Length", "ETag", "Last-Modified", "Cache-Control",
				"Cache-Tag" }) {
			assertThat(header(head, name)).isEqualTo(header(get, name));
		}
	}

	@Test
	void settlesConditionals() throws Exception {
		String etag = header(this.origin.get(image(IMAGE)), "ETag");
		String modified = header(this.origin.get(image(IMAGE)), "Last-Modified");
		assertThat(status("If-None-Match", etag)).isEqualTo(304);
		assertThat(status("If-None-Match", "\"x\", W/" + etag)).isEqualTo(304);
		assertThat(status("If-None-Match", "*")).isEqualTo(304);
		assertThat(status("If-None-Match", "\"x\"")).isEqualTo(200);
		assertThat(status("If-Modified-Since", modified)).isEqualTo(304);
		assertThat(status("If-Modified-Since", "nonsense")).isEqualTo(200);
		assertThat(status("If-None-Match", "\"x\"", "If-Modified-Since", modified)).isEqualTo(200);
		assertThat(status("If-Match", etag)).isEqualTo(200);
		assertThat(status("If-Match", "\"x\"")).isEqualTo(412);
		assertThat(status("If-Match", "W/" + etag)).isEqualTo(412);
		assertThat(status("If-Unmodified-Since", "Sat, 01 Jan 2000 00:00:00 GMT")).isEqualTo(412);
		HttpResponse<byte[]> notModified = this.origin.get(image(IMAGE), "If-None-Match", etag);
		assertThat(notModified).hasNoBody().hasHeader("ETag", etag).hasHeader("Content-Type", "image/jpeg");
	}

	@ParameterizedTest
	@CsvSource({ "0-99, 0, 100", "100-199, 100, 200", "249000-, 249000, 249885", "-5, 249880, 249885",
			"0-999999999, 0, 249885", "-999999999, 0, 249885" })
	void servesOneRange(String range, int from, int to) throws Exception {
		HttpResponse<byte[]> response = this.origin.get(image(IMAGE), "Range", "bytes=" + range);
		assertThat(response).hasStatus(206)
			.hasBody(Arrays.copyOfRange(BYTES, from, to))
			.hasHeader("Content-Range", "bytes " + from + "-" + (to - 1) + "/" + BYTES.length)
			.hasHeader("Content-Length", String.valueOf(to - from));
	}

	@Test
	void servesSeveralRangesAsMultipart() throws Exception {
		HttpResponse<byte[]> response = this.origin.get(image(IMAGE), "Range", "bytes=0-9, 100-109,-3");
		assertThat(response).hasStatus(206).hasHeader("Content-Length", String.valueOf(response.body().length));
		String boundary = header(response, "Content-Type").replace("multipart/byteranges; boundary=", "");
		StringBuilder expected = new StringBuilder();
		for (int[] span : new int[][] { { 0, 10 }, { 100, 110 }, { BYTES.length - 3, BYTES.length } }) {
			expected
				.append("\r\n--" + boundary + "\r\nContent-Type: image/jpeg\r\nContent-Range: bytes " + span[0] + "-"
						+ (span[1] - 1) + "/" + BYTES.length + "\r\n\r\n")
				.append(latin(Arrays.copyOfRange(BYTES, span[0], span[1])));
		}
		expected.append("\r\n--" + boundary + "--\r\n");
		assertThat(latin(response.body())).isEqualTo(expected.toString());
	}

	@ParameterizedTest
	@ValueSource(
			strings = { "bytes=0--1", "bytes=5-1", "chunks=0-1", "bytes=a-b", "bytes=", "bytes=0-200000,1-200001" })
	void ignoresRangesThatMakeNoSense(String range) throws Exception {
		HttpResponse<byte[]> response = this.origin.get(image(IMAGE), "Range", range);
		assertThat(response).hasStatus(200).hasBody(BYTES);
	}

	@Test
	void answersAThousandRangesWithTheWhole() throws Exception {
		HttpResponse<byte[]> response = this.origin.get(image(IMAGE), "Range", "bytes=" + "0-0,".repeat(1000) + "0-0");
		assertThat(response).hasStatus(200);
	}

	@Test
	void refusesUnsatisfiableRanges() throws Exception {
		HttpResponse<byte[]> response = this.origin.get(image(IMAGE), "Range", "bytes=249885-");
		assertThat(response).hasStatus(416)
			.hasHeader("Content-Range", "bytes */249885")
			.hasHeader("Cache-Control", "no-store");
	}

	@Test
	void honoursIfRange() throws Exception {
		String etag = header(this.origin.get(image(IMAGE)), "ETag");
		assertThat(status("Range", "bytes=0-9", "If-Range", etag)).isEqualTo(206);
		assertThat(status("Range", "bytes=0-9", "If-Range", "W/" + etag)).isEqualTo(200);
		assertThat(status("Range", "bytes=0-9", "If-Range", "\"x\"")).isEqualTo(200);
	}

	@Test
	void judgesTypesByBytes() throws Exception {
		assertThat(header(this.origin.get(image(SampleImages.BLOCK + "undeclared")), "Content-Type"))
			.isEqualTo("image/png");
		assertThat(header(this.origin.send("HEAD", image(SampleImages.BLOCK + "undeclared")), "Content-Type"))
			.isEqualTo("image/png");
		for (String key : new String[] { "page.html", "denial.png", "unknown.bin", "empty.bin" }) {
			HttpResponse<byte[]> response = this.origin.get(image(key));
			assertThat(response.statusCode()).as(key).isEqualTo(415);
			assertThat(response).hasHeader("Cache-Control", "max-age=10")
				.hasHeaderStarting("Cache-Status", "image-origin-")
				.hasHeaderWith("Server-Timing", ";dur=");
			assertThat(this.origin.send("HEAD", image(key)).statusCode()).as(key).isEqualTo(415);
		}
	}

	@Test
	void keepsScriptsOutOfSvg() throws Exception {
		assertThat(header(this.origin.get(image(SampleImages.BLOCK + "north-arrow.svg")), "Content-Security-Policy"))
			.isEqualTo("default-src 'none'; style-src 'unsafe-inline'; sandbox");
	}

	@Test
	void remembersAbsenceBriefly() throws Exception {
		HttpResponse<byte[]> response = this.origin.get(image("projects/123/none.jpg"));
		assertThat(response).hasStatus(404)
			.hasHeader("Cache-Control", "max-age=10")
			.hasHeaderStarting("Cache-Status", "image-origin-")
			.hasHeaderWith("Server-Timing", ";dur=");
		assertThat(header(response, "Cache-Tag")).matches("(.*,)?key:[0-9a-f]{16}");
		assertThat(response).hasHeader("Content-Type", "application/problem+json")
			.hasHeader("Access-Control-Allow-Origin", "*");
	}

	@Test
	void knowsThreeMethods() throws Exception {
		for (String method : new String[] { "POST", "PUT", "DELETE", "PATCH" }) {
			HttpResponse<byte[]> response = this.origin.send(method, image(IMAGE));
			assertThat(response).hasStatus(405).hasHeader("Allow", "GET, HEAD, OPTIONS");
		}
		HttpResponse<byte[]> options = this.guarded.send("OPTIONS", this.guarded.image(IMAGE), "X-Origin-Verify",
				SECRET, "Origin", "https://annotate.example", "Access-Control-Request-Method", "GET");
		assertThat(options).hasStatus(204)
			.hasHeader("Access-Control-Allow-Origin", "https://annotate.example")
			.hasHeaderWith("Access-Control-Allow-Headers", "Authorization", "Range")
			.hasHeader("Vary", "Origin");
	}

	@Test
	void wantsTheEdgeSecretFirst() throws Exception {
		assertThat(this.guarded.get(this.guarded.image(IMAGE)).statusCode()).isEqualTo(403);
		assertThat(this.guarded.send("POST", this.guarded.image(IMAGE)).statusCode()).isEqualTo(403);
		assertThat(this.guarded.send("OPTIONS", this.guarded.image(IMAGE)).statusCode()).isEqualTo(403);
		assertThat(this.guarded.get(this.guarded.image(IMAGE), "X-Origin-Verify", "wrong").statusCode()).isEqualTo(403);
		assertThat(this.guarded.get(this.guarded.image(IMAGE), "X-Origin-Verify", "another-secret-0123456789")
			.statusCode()).isEqualTo(401);
	}

	/** What no URI can be read from is refused in the same order as all else. */
	@ParameterizedTest
	@ValueSource(strings = { "/proxy-image/%zz", "/proxy-image/a|b%", "http://x/proxy-image/%zz" })
	void checksEdgeAndMethodOfUnreadableTargets(String target) throws Exception {
		String secret = "X-Origin-Verify: " + SECRET + "\r\n";
		for (String method : new String[] { "GET", "HEAD", "POST", "OPTIONS" }) {
			assertThat(raw(method, target, "")).as(method).startsWith("HTTP/1.1 403 ");
			assertThat(raw(method, target, "X-Origin-Verify: x\r\n")).as(method).startsWith("HTTP/1.1 403 ");
		}
		assertThat(raw("POST", target, secret)).startsWith("HTTP/1.1 405 ").contains("Allow: GET, HEAD, OPTIONS");
		assertThat(raw("GET", target, secret)).startsWith("HTTP/1.1 400 ").contains("\"status\":400");
		assertThat(raw("HEAD", target, secret)).startsWith("HTTP/1.1 400 ").endsWith("\r\n\r\n");
		assertThat(raw("OPTIONS", target, secret)).startsWith("HTTP/1.1 204 ").endsWith("\r\n\r\n");
		assertThat(raw("GET", "/elsewhere/%zz", "")).startsWith("HTTP/1.1 400 ");
	}

	private String raw(String method, String target, String headers) throws IOException {
		return this.guarded
			.raw(method + " " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + headers + "\r\n");
	}

	@Test
	void wantsATokenForTheProject() throws Exception {
		assertThat(authorized(issuer.token("123")).body()).isEqualTo(BYTES);
		assertThat(authorized(issuer.token((claims) -> claims.claim("projects", 123))).statusCode()).isEqualTo(200);
		assertThat(authorized(issuer.token("12")).statusCode()).isEqualTo(403);
		assertThat(authorized(issuer.token((claims) -> {
		})).statusCode()).isEqualTo(403);
		assertThat(guarded
			.get(this.guarded.image("projects/7/none.jpg"), "X-Origin-Verify", SECRET, "Authorization",
					"Bearer " + issuer.token("123"))
			.statusCode()).isEqualTo(403);
	}

	@Test
	void refusesTwoAuthorizationLines() throws Exception {
		String token = "Authorization: Bearer " + issuer.token("123") + "\r\n";
		assertThat(this.guarded.raw("GET /proxy-image/" + IMAGE + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
				+ "X-Origin-Verify: " + SECRET + "\r\n" + token + token + "\r\n"))
			.startsWith("HTTP/1.1 401 ");
	}

	@Test
	void keepsManagementOffThePublicPort() throws Exception {
		assertThat(
				this.origin.get(URI.create("http://127.0.0.1:" + this.origin.port() + "/actuator/health")).statusCode())
			.isEqualTo(404);
		for (String path : new String[] { "env", "heapdump", "configprops", "beans", "threaddump", "shutdown" }) {
			assertThat(this.origin.get(this.origin.management("/actuator/" + path)).statusCode()).isEqualTo(404);
		}
		assertThat(latin(this.origin.get(this.origin.management("/actuator/prometheus")).body()))
			.contains("resilience4j_circuitbreaker_state");
		assertThat(this.origin.get(this.origin.management("/actuator/health/readiness")).statusCode()).isEqualTo(200);
	}

	private HttpResponse<byte[]> authorized(String token) throws IOException, InterruptedException {
		return this.guarded.get(this.guarded.image(IMAGE), "X-Origin-Verify", SECRET, "Authorization",
				"Bearer " + token);
	}

	private int status(String... headers) throws IOException, InterruptedException {
		return this.origin.get(image(IMAGE), headers).statusCode();
	}

	private URI image(String key) {
		return this.origin
			.image(URLEncoder.encode(key, StandardCharsets.UTF_8).replace("+", "%20").replace("%2F", "/"));
	}

	private String header(HttpResponse<byte[]> response, String name) {
		return response.headers().firstValue(name).orElse("");
	}

	private static String latin(byte[] bytes) {
		return new String(bytes, StandardCharsets.ISO_8859_1);
	}

}
