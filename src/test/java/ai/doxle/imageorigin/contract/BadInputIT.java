package ai.doxle.imageorigin.contract;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Date;
import java.util.Properties;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import com.sun.net.httpserver.HttpServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import ai.doxle.imageorigin.harness.FaultyS3;
import ai.doxle.imageorigin.harness.RunningOrigin;
import ai.doxle.imageorigin.harness.SampleImages;
import ai.doxle.imageorigin.harness.TokenIssuer;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What nobody sends by accident: the right 4xx each, nothing asked of S3, nothing in the
 * log that wakes somebody, no word about what is behind.
 */
@ExtendWith(OutputCaptureExtension.class)
class BadInputIT {

	private static final byte[] OBJECT = SampleImages.small().get(SampleImages.BLOCK + "floor.png").bytes();

	private static final TokenIssuer issuer = new TokenIssuer();

	private static HttpServer keys;

	private static FaultyS3 s3;

	private static RunningOrigin origin;

	private int asked;

	@BeforeAll
	static void start() throws IOException {
		keys = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		byte[] jwkSet = issuer.jwkSet().getBytes(StandardCharsets.UTF_8);
		keys.createContext("/", (exchange) -> {
			exchange.sendResponseHeaders(200, jwkSet.length);
			exchange.getResponseBody().write(jwkSet);
			exchange.close();
		});
		keys.start();
		s3 = new FaultyS3(OBJECT);
		Properties settings = new Properties();
		String prefix = "spring.security.oauth2.resourceserver.jwt.";
		settings.setProperty(prefix + "jwk-set-uri", "http://127.0.0.1:" + keys.getAddress().getPort() + "/keys");
		settings.setProperty(prefix + "issuer-uri", TokenIssuer.ISSUER);
		settings.setProperty(prefix + "audiences", TokenIssuer.AUDIENCE);
		origin = RunningOrigin.start(s3.originProperties(0), settings);
	}

	@AfterAll
	static void stop() throws IOException {
		origin.close();
		s3.close();
		keys.stop(0);
	}

	@BeforeEach
	void count() {
		this.asked = s3.requests();
	}

	@AfterEach
	void assertQuiet(CapturedOutput output) {
		assertThat(s3.requests()).isEqualTo(this.asked);
		assertThat(output).doesNotContain("ERROR").doesNotContain("Exception").doesNotContain("\tat ");
	}

	@ParameterizedTest
	@ValueSource(strings = { "../x", "a/../../x", "a/./x", "..", "%2e%2e/x", "%2E./x", ".%2e%2fx", "a%2f..%2fx",
			"%2e%2e%2f%2e%2e%2fetc%2fpasswd", "a/%2e", "a%00.png", "a%0d%0aX:y", "a%7f", "a%C2%80", "%c0%ae%c0%ae/x",
			"%e0%80%af", "%f0%80%80%af", "%ed%a0%80", "%f4%90%80%80", "%ff%fe", "%80", "%c3", "%", "%4", "%zz",
			"%u002e", "" })
	void refusesKeys(String key) throws IOException {
		assertProblem(400, get("/proxy-image/" + key, authorization(issuer.token("123"))));
	}

	@Test
	void refusesOverlongKeys() throws IOException {
		assertProblem(400, get("/proxy-image/" + "a".repeat(1_025), authorization(issuer.token("123"))));
		assertProblem(400, get("/proxy-image/" + "%C3%A9".repeat(513), authorization(issuer.token("123"))));
		assertProblem(414, get("/proxy-image/" + "a".repeat(100_000), ""));
	}

	/** What is decoded once and is then an ordinary key needs a token like all others. */
	@ParameterizedTest
	@ValueSource(strings = { "%252e%252e/x", "..;/x", "..%5cx", "...", "a//b" })
	void takesNothingForTraversalThatIsNone(String key) throws IOException {
		assertProblem(401, get("/proxy-image/" + key, ""));
	}

	@Test
	void refusesFloods() throws IOException {
		assertProblem(431, get("/proxy-image/a", "Range: bytes=" + "0-1,".repeat(25_000) + "\r\n"));
		assertProblem(431, get("/proxy-image/a", "X: " + "x".repeat(100_000) + "\r\n"));
		String many = IntStream.range(0, 10_000).mapToObj((i) -> "X-" + i + ": y\r\n").collect(Collectors.joining());
		assertProblem(431, get("/proxy-image/a", many));
		assertProblem(431, get("/proxy-image/a", authorization("a".repeat(100_000))));
	}

	@Test
	void refusesWhatIsNoHttp() throws IOException {
		assertProblem(400, origin.raw("GET /proxy-image/a NONSENSE\r\nHost: x\r\n\r\n"));
		assertProblem(400, get("/proxy-image/a", "Content-Length: 1\r\nContent-Length: 2\r\n"));
		assertProblem(400, get("/proxy-image/a", "X\u0001: y\r\n"));
	}

	@Test
	void answersWhatCameBeforeAnUndecodableRequest() throws IOException {
		String answer = origin.raw("POST /proxy-image/a HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
				+ "HEAD /proxy-image/a HTTP/1.1\r\nHost: x\r\nX: " + "x".repeat(100_000) + "\r\n\r\n");
		assertThat(answer).startsWith("HTTP/1.1 405 ").contains("HTTP/1.1 431 ").endsWith("\r\n\r\n");
	}

	@ParameterizedTest
	@ValueSource(strings = { "PUT", "POST", "DELETE", "PATCH", "PROPFIND", "TRACE", "CONNECT", "COPY" })
	void writesNowhere(String method) throws IOException {
		String rest = " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n"
				+ authorization(issuer.token("123")) + "\r\n";
		for (String path : new String[] { "/proxy-image/a", "/proxy-image/a?acl", "/proxy-image/%zz" }) {
			String answer = origin.raw(method + " " + path + rest);
			assertProblem(405, answer);
			assertThat(answer).containsIgnoringCase("Allow: GET, HEAD, OPTIONS");
		}
		for (String path : new String[] { "/", "/proxy-image", "/elsewhere", "/a?acl", "/actuator/images" }) {
			assertProblem(404, origin.raw(method + " " + path + rest));
		}
	}

	@ParameterizedTest
	@MethodSource("badTokens")
	void refusesTokens(String token) throws IOException {
		String answer = get("/proxy-image/a", authorization(token));
		assertProblem(401, answer);
		assertThat(answer).containsIgnoringCase("WWW-Authenticate: Bearer error=\"invalid_token\"");
	}

	static Stream<String> badTokens() {
		return Stream.of("", "x", "a.b.c", "e30.e30.e30", "a".repeat(20_000), issuer.unsigned(),
				issuer.signedWithPublicKey(), new TokenIssuer().token("123"), issuer.token("unknown", (claims) -> {
				}), issuer.token((claims) -> claims.expirationTime(Date.from(Instant.EPOCH))),
				issuer.token((claims) -> claims.notBeforeTime(Date.from(Instant.now().plusSeconds(600)))),
				issuer.token((claims) -> claims.issuer("https://other.example")),
				issuer.token((claims) -> claims.issuer(null)), issuer.token((claims) -> claims.audience("other")),
				issuer.token((claims) -> claims.audience((String) null)),
				issuer.token("123").replaceFirst("\\.[^.]*$", "."), issuer.token("123") + "A");
	}

	/** The limit of 16 is about work, not a fault: the answer is the whole image. */
	@Test
	void answers1000RangesWithTheWholeImage() throws IOException {
		String ranges = IntStream.range(0, 1_000).mapToObj((i) -> 2 * i + "-" + 2 * i).collect(Collectors.joining(","));
		String answer = get("/proxy-image/a", authorization(issuer.token("123")) + "Range: bytes=" + ranges + "\r\n");
		assertThat(answer).startsWith("HTTP/1.1 200 ").endsWith(new String(OBJECT, StandardCharsets.ISO_8859_1));
		this.asked++;
	}

	private static String get(String target, String headers) throws IOException {
		return origin.raw("GET " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + headers + "\r\n");
	}

	private static String authorization(String token) {
		return "Authorization: Bearer " + token + "\r\n";
	}

	private static void assertProblem(int status, String answer) {
		assertThat(answer).startsWith("HTTP/1.1 " + status + " ")
			.containsIgnoringCase("Content-Type: application/problem+json")
			.containsIgnoringCase("Cache-Control: no-store")
			.containsIgnoringCase("Access-Control-Allow-Origin: *")
			.containsIgnoringCase("X-Content-Type-Options: nosniff")
			.containsIgnoringCase("Connection: close")
			.containsIgnoringCase("\r\nDate: ")
			.contains("\"status\":" + status)
			.doesNotContain("bucket", "127.0.0.1", "Exception", "java");
	}

}
