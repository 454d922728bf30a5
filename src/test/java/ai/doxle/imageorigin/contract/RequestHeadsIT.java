package ai.doxle.imageorigin.contract;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import ai.doxle.imageorigin.harness.LocalS3;
import ai.doxle.imageorigin.harness.OriginSettings;
import ai.doxle.imageorigin.harness.RunningOrigin;
import ai.doxle.imageorigin.harness.SampleImages;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Targets, hosts and forwarded headers of requests for what is in memory and for what is
 * not, with the short cut and without, where Kubernetes' environment is found.
 */
class RequestHeadsIT {

	private static final byte[] IMAGE = SampleImages.noise(20, 1);

	/** Every visible ASCII character that a URI's path cannot have (RFC 3986). */
	private static final String UNFIT = "[]|^{}\"`<>\\";

	private static final String PLAIN = "plain.png";

	private static final String RAW = "raw " + UNFIT + ".png";

	private static LocalS3 s3;

	private static List<RunningOrigin> origins;

	@BeforeAll
	static void start() {
		s3 = LocalS3.start("images");
		s3.put(PLAIN, "image/png", IMAGE);
		s3.put(RAW, "image/png", IMAGE);
		s3.put("a%20b", "image/png", IMAGE);
		origins = List.of(origin("true"), origin("false"));
	}

	@AfterAll
	static void stop() {
		origins.forEach(RunningOrigin::close);
		s3.close();
	}

	private static RunningOrigin origin(String shortCut) {
		Properties settings = OriginSettings.open()
			.with("image-origin.short-cut", shortCut)
			.with("spring.main.cloud-platform", "kubernetes")
			.with("server.http2.enabled", "true");
		return RunningOrigin.start(s3.originProperties(0), settings);
	}

	@ParameterizedTest
	@ValueSource(strings = { "?", "?a=b", "?{a}|b^", "?100%", "?%zz", "?a?b", "?#", "#a", "#a?b", "?a=[b]&<c>\"`\\",
			"?caf\u00E9", "?\u0080" })
	void neverParsesTheQuery(String query) throws Exception {
		for (String answer : twice("GET", "/proxy-image/" + PLAIN + query, "Host: x\r\n")) {
			assertImage(answer);
		}
		for (String answer : twice("GET", "http://x/proxy-image/" + PLAIN + query, "Host: x\r\n")) {
			assertImage(answer);
		}
		for (String answer : twice("GET", "/proxy-image/absent" + query, "Host: x\r\n")) {
			assertThat(answer).startsWith("HTTP/1.1 404 ");
		}
	}

	@Test
	void answersHitsWithAQueryTheShortWay() throws Exception {
		RunningOrigin origin = origins.getFirst();
		request(origin, "GET", "/proxy-image/" + PLAIN, "Host: x\r\n");
		double before = origin.ordinaryRequests();
		for (String query : new String[] { "?v=1", "?{", "#a", "?%" }) {
			assertImage(request(origin, "GET", "/proxy-image/" + PLAIN + query, "Host: x\r\n"));
		}
		assertThat(origin.ordinaryRequests()).as("ends of connections").isEqualTo(before + 4);
	}

	@Test
	void takesCharactersThatNoUriCanHaveForThemselves() throws Exception {
		String encoded = URLEncoder.encode(RAW, StandardCharsets.UTF_8).replace("+", "%20");
		for (String key : new String[] { encoded, "raw%20" + UNFIT + ".png" }) {
			for (String prefix : new String[] { "/proxy-image/", "http://x/proxy-image/" }) {
				for (String answer : twice("GET", prefix + key, "Host: x\r\n")) {
					assertImage(answer);
				}
			}
		}
		for (String answer : twice("GET", "/proxy-image/a%2520b", "Host: x\r\n")) {
			assertImage(answer);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "%zz", "a%", "[%4", "caf\u00C3\u00A9.png", "\u0080.png", "{%00}", "|%ff" })
	void refusesWhatIsNoKey(String key) throws Exception {
		for (String answer : twice("GET", "/proxy-image/" + key, "Host: x\r\n")) {
			assertProblem(answer, 400);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "/elsewhere?a={b}|%", "/else|where", "/?q=%zz", "/elsewhere#a" })
	void knowsNothingElsewhere(String target) throws Exception {
		for (String answer : twice("GET", target, "Host: x\r\n")) {
			assertProblem(answer, 404);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "Host: x\r\nHost: x\r\n", "Host: x\r\nHost: y\r\n", "Host:\r\n", "Host: a b\r\n",
			"Host: a/b\r\n", "Host: x:y\r\n", "Host: x:99999\r\n", "Host: x:99999999999\r\n", "Host: [::1\r\n",
			"Host: a@b\r\n", "Host: a,b\r\nHost: c\r\n", "Host: x:-1\r\n", "Host: [x\r\n", "Host: %zz\r\n",
			"Host: :80\r\n", "Host: a\u00E9\r\n", "Host: []\r\n", "Host: [::1]x\r\n" })
	void refusesRequestsWithoutOneHost(String host) throws Exception {
		for (String method : new String[] { "GET", "POST", "OPTIONS" }) {
			for (String answer : twice(method, "/proxy-image/" + PLAIN, host)) {
				assertProblem(answer, 400);
				assertThat(answer).contains("host");
			}
		}
		for (String answer : twice("HEAD", "/proxy-image/" + PLAIN, host)) {
			assertThat(answer).startsWith("HTTP/1.1 400 ").endsWith("\r\n\r\n");
		}
		for (String answer : twice("GET", "/elsewhere", host)) {
			assertProblem(answer, 400);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "x", "x:8080", "x:", "[::1]", "[::1]:80", "127.0.0.1:1", "a_b.example", "a%20b", "x." })
	void takesEveryHost(String host) throws Exception {
		for (String answer : twice("GET", "/proxy-image/" + PLAIN, "Host: " + host + "\r\n")) {
			assertImage(answer);
		}
		for (String answer : twice("GET", "/proxy-image/absent", "Host: " + host + "\r\n")) {
			assertThat(answer).startsWith("HTTP/1.1 404 ");
		}
	}

	@Test
	void wantsNoHostOfHttp10() throws Exception {
		for (RunningOrigin origin : origins) {
			for (int i = 0; i < 2; i++) {
				assertImage(origin.raw("GET /proxy-image/" + PLAIN + " HTTP/1.0\r\n\r\n"));
				assertProblem(origin.raw("GET /proxy-image/" + PLAIN + " HTTP/1.0\r\nHost: x\r\nHost: y\r\n\r\n"), 400);
			}
		}
	}

	/** What came before is answered first, and what comes behind is not looked at. */
	@Test
	void refusesInTurn() throws Exception {
		String known = "GET /proxy-image/" + PLAIN + " HTTP/1.1\r\nHost: x\r\nRange: bytes=0-0\r\n\r\n";
		String cold = "GET /proxy-image/absent HTTP/1.1\r\nHost: x\r\n\r\n";
		String bad = "GET /proxy-image/" + PLAIN + " HTTP/1.1\r\n\r\n";
		for (RunningOrigin origin : origins) {
			String answer = origin.raw(known + cold + known + bad + known);
			assertThat(statuses(answer)).containsSubsequence("206", "404", "206", "400").hasSize(4);
		}
	}

	private static List<String> statuses(String answer) {
		return answer.lines()
			.filter((line) -> line.contains("HTTP/1.1 "))
			.map((line) -> line.replaceAll(".*HTTP/1.1 (\\d+).*", "$1"))
			.toList();
	}

	@ParameterizedTest
	@ValueSource(strings = { "X-Forwarded-Prefix: /a", "X-Forwarded-Host: a b:c", "X-Forwarded-Port: nonsense",
			"X-Forwarded-Proto: gopher", "X-Forwarded-For: nonsense", "Forwarded: host=\"a:b:c\";proto=https" })
	void heedsNoForwardedHeader(String header) throws Exception {
		for (String answer : twice("GET", "/proxy-image/" + PLAIN, "Host: x\r\n" + header + "\r\n")) {
			assertImage(answer);
		}
		for (String answer : twice("GET", "/elsewhere", "Host: x\r\n" + header + "\r\n")) {
			assertProblem(answer, 404);
		}
		for (String answer : twice("GET", "/a", "Host: x\r\nX-Forwarded-Prefix: /proxy-image/plain.png\r\n")) {
			assertProblem(answer, 404);
		}
	}

	/** Clients must not get past the caches by asking so. */
	@ParameterizedTest
	@ValueSource(strings = { "Cache-Control: no-cache", "Cache-Control: no-store, max-age=0", "Pragma: no-cache" })
	void heedsNoCacheControlOfRequests(String header) throws Exception {
		for (RunningOrigin origin : origins) {
			request(origin, "GET", "/proxy-image/" + PLAIN, "Host: x\r\n");
			String answer = request(origin, "GET", "/proxy-image/" + PLAIN, "Host: x\r\n" + header + "\r\n");
			assertImage(answer);
			assertThat(answer).containsIgnoringCase("Cache-Status: image-origin-memory; hit\r\n");
		}
	}

	/** At first perhaps as a miss, then as a hit, of both origins. */
	private static List<String> twice(String method, String target, String headers) throws IOException {
		List<String> answers = new ArrayList<>();
		for (RunningOrigin origin : origins) {
			for (int i = 0; i < 2; i++) {
				answers.add(request(origin, method, target, headers));
			}
		}
		return answers;
	}

	/** Another request lets the first one be for a connection that stays. */
	private static String request(RunningOrigin origin, String method, String target, String headers)
			throws IOException {
		String answers = origin.raw(method + " " + target + " HTTP/1.1\r\n" + headers
				+ "\r\nGET /end HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
		int end = answers.lastIndexOf("HTTP/1.1 404 ");
		return (end > 0) ? answers.substring(0, end) : answers;
	}

	private static void assertImage(String answer) {
		assertThat(answer).startsWith("HTTP/1.1 200 ").endsWith(new String(IMAGE, StandardCharsets.ISO_8859_1));
	}

	private static void assertProblem(String answer, int status) {
		assertThat(answer).startsWith("HTTP/1.1 " + status + " ")
			.containsIgnoringCase("Content-Type: application/problem+json")
			.containsIgnoringCase("Cache-Control: no-store")
			.containsIgnoringCase("Access-Control-Allow-Origin: *")
			.containsIgnoringCase("X-Content-Type-Options: nosniff")
			.containsIgnoringCase("Timing-Allow-Origin: *")
			.containsIgnoringCase("\r\nDate: ")
			.contains("\"status\":" + status);
	}

}
