package ai.doxle.imageorigin.contract;

import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import ai.doxle.imageorigin.harness.LocalS3;
import ai.doxle.imageorigin.harness.OriginSettings;
import ai.doxle.imageorigin.harness.RunningOrigin;
import ai.doxle.imageorigin.harness.TokenIssuer;
import ai.doxle.imageorigin.harness.ViewerKeyPair;

import static ai.doxle.imageorigin.harness.ResponseAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Images by viewers' signed cookies, good and bad, through real sockets.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ViewerCookiesIT {

	private static final String IMAGE = "projects/123/img.png";

	private static final byte[] BYTES = png(4096);

	private static final String SECRET = "edge-secret-0123456789";

	private final TokenIssuer issuer = new TokenIssuer();

	private final ViewerKeyPair key = ViewerKeyPair.p256();

	private LocalS3 s3;

	private RunningOrigin origin;

	@BeforeAll
	void start() {
		this.s3 = LocalS3.start("images");
		for (String key : List.of(IMAGE, "projects/124/img.png", "projects/1234/img.png", "projects/123/a b/ä.png",
				"projects/123/%2e%2e/img.png", "Projects/123/img.png")) {
			this.s3.put(key, "image/png", BYTES);
		}
		this.origin = start(OriginSettings.required().with("image-origin.access.project-claim", "projects"));
	}

	private RunningOrigin start(OriginSettings settings) {
		return RunningOrigin.start(this.s3.originProperties(0), this.issuer.originProperties(),
				this.key.originProperties(), settings);
	}

	@AfterAll
	void stop() {
		this.origin.close();
		this.s3.close();
	}

	@Test
	void showsImagesOfTheirProjectOnly() throws Exception {
		String cookies = this.key.cookies(policy(this.origin, 60));
		assertThat(get(IMAGE, cookies)).hasStatus(200).hasBody(BYTES);
		assertThat(this.origin.send("HEAD", this.origin.image(IMAGE), "Cookie", cookies)).hasStatus(200);
		assertThat(get("projects/123/absent.png", cookies)).hasStatus(404);
		assertThat(get("projects/124/img.png", cookies)).hasStatus(403).hasHeader("Cache-Control", "no-store");
		assertThat(get("projects/124/absent.png", cookies)).hasStatus(403);
	}

	/** The path is decoded once, and is a key: no spelling of it leads elsewhere. */
	@ParameterizedTest
	@CsvSource({ "projects/123/img.png, 200", "projects%2F123/img.png, 200", "projects%2f123%2Fimg.png, 200",
			"%70rojects/123/img.png, 200", "projects/123/a%20b/%C3%A4.png, 200", "projects/123/img.png?x=1, 200",
			"projects/123/%252e%252e/img.png, 200", "projects/1234/img.png, 403", "projects/12/img.png, 403",
			"projects%2F124/img.png, 403", "Projects/123/img.png, 403", "projects//123/img.png, 403",
			"/projects/123/img.png, 403", "projects/123, 403", "projects/123%252Fimg.png, 403",
			"projects/124/img.png?projects/123/, 403", "projects/123/../124/img.png, 400",
			"projects/123/%2e%2e/124/img.png, 400", "projects/123/%2E./124/img.png, 400",
			"projects/123/..%2f124/img.png, 400", "projects/123/./img.png, 400", "projects/123/%00, 400",
			"projects/123/%c0%ae%c0%ae/124/img.png, 400", "projects/123/%zz, 400" })
	void looksAtTheKey(String path, int status) throws Exception {
		String response = this.origin
			.raw("GET /proxy-image/" + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + this.origin.port() + "\r\nCookie: "
					+ this.key.cookies(policy(this.origin, 60)) + "\r\nConnection: close\r\n\r\n");
		assertThat(response).startsWith("HTTP/1.1 " + status);
	}

	@ParameterizedTest
	@ValueSource(strings = { "*", "http*://*/proxy-image/*", "http://127.0.0.1:????*/proxy-image/projects/12?/*",
			"http://127.0.0.1*/img.png", "{base}/proxy-image/projects/123/img.png" })
	void matchesPatternsAsCloudFrontDoes(String resource) throws Exception {
		String policy = ViewerKeyPair.policy(resource.replace("{base}", base(this.origin)), soon(60));
		assertThat(get(IMAGE, this.key.cookies(policy))).hasStatus(200).hasBody(BYTES);
	}

	@ParameterizedTest
	@ValueSource(strings = { "https://images.example.com/proxy-image/projects/123/*", "https{port}/proxy-image/*",
			"http://LOCALHOST{port}/proxy-image/*", "/proxy-image/projects/123/*", "projects/123/*",
			"http://127.0.0.1/*" })
	void refusesOtherHosts(String resource) throws Exception {
		String other = resource.replace("{port}", ":" + this.origin.port());
		refuses(this.key.cookies(ViewerKeyPair.policy(other, soon(60))), "another host");
	}

	@Test
	void takesTheHostOfTheRequest() throws Exception {
		String policy = ViewerKeyPair.policy("http://images.example.com/proxy-image/*", soon(60));
		String request = "GET /proxy-image/" + IMAGE + " HTTP/1.1\r\nHost: %s\r\nCookie: " + this.key.cookies(policy)
				+ "\r\nX-Forwarded-Host: images.example.com\r\nConnection: close\r\n\r\n";
		assertThat(this.origin.raw(request.formatted("IMAGES.example.com"))).startsWith("HTTP/1.1 200");
		assertThat(this.origin.raw(request.formatted("other.example.com"))).startsWith("HTTP/1.1 401");
		assertThat(this.origin
			.raw("GET /proxy-image/" + IMAGE + " HTTP/1.0\r\nCookie: " + this.key.cookies(policy) + "\r\n\r\n"))
			.contains(" 401 ");
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			{"Statement":[]}                                                                           | statements
			{"Statement":[{"Condition":{"DateLessThan":{"AWS:EpochTime":TIME}}}]}                       | resource
			{"Statement":[{"Resource":"*"}]}                                                           | policy
			{"Statement":[{"Resource":"*","Condition":{}}]}                                            | time
			{"Statement":[{"Resource":"*","Condition":{"DateLessThan":{"AWS:EpochTime":1}}}]}          | expired
			{"Statement":[S,S]}                                                                        | statements
			{"Statement":[S],"Statement":[S]}                                                          | JSON
			{"Statement":[{"Resource":"*","Condition":{"DateLessThan":{"AWS:EpochTime":TIME},"DateGreaterThan":\
			{"AWS:EpochTime":TIME}}}]}                                                                 | not valid yet
			{"Statement":[{"Resource":"*","Condition":{"DateLessThan":{"AWS:EpochTime":TIME},"IpAddress":\
			{"AWS:SourceIp":"0.0.0.0/0"}}}]}                                                           | not supported
			nonsense                                                                                   | JSON
			""")
	void refusesPolicies(String policy, String reason) throws Exception {
		String statement = "{\"Resource\":\"*\",\"Condition\":{\"DateLessThan\":{\"AWS:EpochTime\":TIME}}}";
		String whole = policy.replace("S,S", statement + "," + statement)
			.replace("[S]", "[" + statement + "]")
			.replace("TIME", String.valueOf(soon(60).getEpochSecond()));
		refuses(this.key.cookies(whole), reason);
	}

	@Test
	void refusesIncompleteAndMalformedSets() throws Exception {
		String good = this.key.cookies(policy(this.origin, 60));
		String[] each = good.split("; ", -1);
		refuses(String.join("; ", each[1], each[2], each[3]), "missing");
		refuses(String.join("; ", each[0], each[2], each[3]), "missing");
		refuses(String.join("; ", each[0], each[1], each[3]), "missing");
		refuses(String.join("; ", each[0], each[1], each[2]), "SHA256");
		refuses(good.replace("=SHA256", "=SHA1"), "SHA256");
		refuses(good.replace("=SHA256", "=sha256"), "SHA256");
		refuses(good.replace("=" + this.key.id(), "=" + this.key.id().toLowerCase(Locale.ROOT)), "unknown");
		refuses(good.replace("CloudFront-Policy=", "CloudFront-Policy=!"), "base64");
		refuses(good.replace("CloudFront-Signature=", "CloudFront-Signature=+"), "base64");
		refuses(good.replaceAll("CloudFront-Policy=[^;]*", "CloudFront-Policy=" + "A".repeat(8192)), "too long");
		refuses(good.replaceAll("CloudFront-Signature=[^;]*", "CloudFront-Signature="), "bad");
		refuses(good.replace("CloudFront-Policy", "cloudfront-policy"), "missing");
	}

	/** Names are case-sensitive: what is none of CloudFront's is no credential. */
	@ParameterizedTest
	@ValueSource(strings = { "a=b", "CloudFront-Hash-Algorithm=SHA256", "LOWER" })
	void takesOtherCookiesForNone(String cookies) throws Exception {
		String sent = cookies.equals("LOWER") ? this.key.cookies(policy(this.origin, 60)).toLowerCase(Locale.ROOT)
				: cookies;
		assertThat(get(IMAGE, sent)).hasStatus(401).hasHeader("WWW-Authenticate", "Bearer");
		assertThat(detail(get(IMAGE, sent))).contains("token is needed");
	}

	@Test
	void refusesSignaturesOfOthers() throws Exception {
		String policy = policy(this.origin, 60);
		refuses(ViewerKeyPair.p256("K2OTHER").cookies(policy), "unknown");
		refuses(ViewerKeyPair.p256(this.key.id()).cookies(policy), "signature is bad");
		byte[] bytes = policy.getBytes(StandardCharsets.UTF_8);
		byte[] trailing = Arrays.copyOf(this.key.sign(bytes), this.key.sign(bytes).length + 2);
		refuses(ViewerKeyPair.cookies(ViewerKeyPair.encode(bytes), ViewerKeyPair.encode(trailing), this.key.id(),
				"SHA256"), "signature is bad");
	}

	@Test
	void takesTheFirstOfTwoSets() throws Exception {
		String good = this.key.cookies(policy(this.origin, 60));
		String other = this.key.cookies(policy(this.origin, 60).replace("123", "124"));
		assertThat(get(IMAGE, good + "; " + other)).hasStatus(200);
		assertThat(get(IMAGE, other + "; " + good)).hasStatus(403);
		assertThat(get(IMAGE, "session=1; " + good + "; theme=dark")).hasStatus(200);
	}

	@Test
	void hasATokenDecideIfThereIsOne() throws Exception {
		String good = this.key.cookies(policy(this.origin, 60));
		assertThat(get(IMAGE, good, "Authorization", "Bearer nonsense")).hasStatus(401)
			.hasHeaderStarting("WWW-Authenticate", "Bearer error=\"invalid_token\"");
		assertThat(get(IMAGE, good, "Authorization", "Bearer " + this.issuer.token("124"))).hasStatus(403);
		assertThat(get(IMAGE, "CloudFront-Policy=x", "Authorization", "Bearer " + this.issuer.token("123")))
			.hasStatus(200);
		assertThat(get("projects/124/img.png", good, "Authorization", "Bearer " + this.issuer.token("124")))
			.hasStatus(200);
	}

	/**
	 * Verified once, they are as quick as a token: WebFlux sees none of these requests.
	 */
	@Test
	void servesHitsInTheShortCut() throws Exception {
		String cookies = this.key.cookies(policy(this.origin, 60));
		await().until(() -> get(IMAGE, cookies).headers()
			.firstValue("Cache-Status")
			.orElse("")
			.equals("image-origin-memory; hit"));
		double before = this.origin.ordinaryRequests();
		for (int i = 0; i < 20; i++) {
			assertThat(get(IMAGE, cookies)).hasStatus(200).hasBody(BYTES);
		}
		assertThat(this.origin.ordinaryRequests()).isEqualTo(before);
		assertThat(get("projects/124/img.png", cookies)).hasStatus(403);
	}

	/** Remembered or not, they are worth nothing once they have expired. */
	@Test
	void expire() throws Exception {
		String cookies = this.key.cookies(ViewerKeyPair.policy(base(this.origin) + "/proxy-image/*", soon(3)));
		assertThat(get(IMAGE, cookies)).hasStatus(200);
		await().until(() -> get(IMAGE, cookies).statusCode() == 401);
		refuses(cookies, "expired");
	}

	@Test
	void areNotLookedAtWithoutKeys() throws Exception {
		try (RunningOrigin keyless = RunningOrigin.start(this.s3.originProperties(0), this.issuer.originProperties(),
				OriginSettings.optional())) {
			assertThat(keyless.get(keyless.image(IMAGE), "Cookie", "CloudFront-Policy=x")).hasStatus(200);
		}
	}

	@Test
	void inModeOptionalAreGoodOrLeftOut() throws Exception {
		try (RunningOrigin optional = start(OriginSettings.optional())) {
			assertThat(optional.get(optional.image(IMAGE))).hasStatus(200);
			assertThat(optional.get(optional.image(IMAGE), "Cookie", "a=b")).hasStatus(200);
			assertThat(optional.get(optional.image(IMAGE), "Cookie", this.key.cookies(policy(optional, 60))))
				.hasStatus(200);
			assertThat(optional.get(optional.image(IMAGE), "Cookie", "CloudFront-Policy=x")).hasStatus(401);
		}
	}

	/** The new key verifies before it signs, the old one after it has signed. */
	@Test
	void outliveARotation() throws Exception {
		ViewerKeyPair next = ViewerKeyPair.p256("K2NEXT");
		String old = this.key.cookies(ViewerKeyPair.policy("*", soon(60)));
		String young = next.cookies(ViewerKeyPair.policy("*", soon(60)));
		try (RunningOrigin during = RunningOrigin.start(this.s3.originProperties(0), this.issuer.originProperties(),
				next.originProperties(0), this.key.verifyingProperties(1));
				RunningOrigin after = RunningOrigin.start(this.s3.originProperties(0), this.issuer.originProperties(),
						next.originProperties(0))) {
			assertThat(during.get(during.image(IMAGE), "Cookie", old)).hasStatus(200);
			assertThat(during.get(during.image(IMAGE), "Cookie", young)).hasStatus(200);
			assertThat(during
				.get(URI.create("http://127.0.0.1:" + during.port() + "/proxy-image-session"), "Authorization",
						"Bearer " + this.issuer.token("123"))
				.headers()
				.allValues("Set-Cookie")).anyMatch((cookie) -> cookie.startsWith("CloudFront-Key-Pair-Id=K2NEXT;"));
			assertThat(after.get(after.image(IMAGE), "Cookie", old)).hasStatus(401);
			assertThat(after.get(after.image(IMAGE), "Cookie", young)).hasStatus(200);
		}
	}

	@Test
	void ofAnRsaKeyAreAsGood() throws Exception {
		ViewerKeyPair rsa = ViewerKeyPair.rsa("K3RSA", 2048);
		try (RunningOrigin other = RunningOrigin.start(this.s3.originProperties(0), this.issuer.originProperties(),
				rsa.originProperties())) {
			HttpResponse<byte[]> session = other.get(
					URI.create("http://127.0.0.1:" + other.port() + "/proxy-image-session"), "Authorization",
					"Bearer " + this.issuer.token("123"));
			String cookies = String.join("; ",
					session.headers()
						.allValues("Set-Cookie")
						.stream()
						.map((cookie) -> cookie.substring(0, cookie.indexOf(';')))
						.toList());
			assertThat(other.get(other.image(IMAGE), "Cookie", cookies)).hasStatus(200).hasBody(BYTES);
		}
	}

	/** No two sets are the same: each is complete, current and of a known key. */
	@Test
	void withstandAFloodOfBadOnes() throws Exception {
		String policy = ViewerKeyPair.encode(policy(this.origin, 600).getBytes(StandardCharsets.UTF_8));
		AtomicInteger next = new AtomicInteger();
		List<Integer> statuses = IntStream.range(0, 3_000)
			.parallel()
			.mapToObj((any) -> bad(policy, next.incrementAndGet()))
			.distinct()
			.toList();
		assertThat(statuses).isSubsetOf(401, 429).contains(401);
		String cookies = this.key.cookies(policy(this.origin, 60));
		await().until(() -> get(IMAGE, cookies).statusCode() == 200);
	}

	private int bad(String policy, int number) {
		try {
			byte[] signature = MessageDigest.getInstance("SHA-256")
				.digest(String.valueOf(number).getBytes(StandardCharsets.US_ASCII));
			signature[0] = 0x30;
			signature[1] = 30;
			return get(IMAGE, ViewerKeyPair.cookies(policy, ViewerKeyPair.encode(signature), this.key.id(), "SHA256"))
				.statusCode();
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	/** The edge has checked them, and says so with a secret. */
	@Nested
	class BehindAnEdgeThatChecks {

		private static final String[] CHECKED = { "X-Origin-Verify", SECRET, "X-Viewer-Access", "signed-cookies" };

		@Test
		void needNoToken() throws Exception {
			try (RunningOrigin behind = start(OriginSettings.required()
				.with("image-origin.access.project-claim", "projects")
				.with("image-origin.access.edge-secrets", SECRET)
				.with("image-origin.access.edge-checks-viewers", "true"))) {
				assertThat(behind.get(behind.image(IMAGE), CHECKED)).hasStatus(200).hasBody(BYTES);
				assertThat(behind.get(behind.image(IMAGE), "X-Viewer-Access", "signed-cookies")).hasStatus(403);
				assertThat(behind.get(behind.image(IMAGE), "X-Origin-Verify", SECRET)).hasStatus(401);
				assertThat(behind.get(behind.image(IMAGE), "X-Origin-Verify", SECRET, "X-Viewer-Access", "yes"))
					.hasStatus(401);
				assertThat(behind.get(behind.image(IMAGE), "X-Origin-Verify", SECRET, "X-Viewer-Access",
						"signed-cookies", "X-Viewer-Access", "signed-cookies"))
					.hasStatus(401);
				assertThat(behind.get(behind.image(IMAGE), "X-Origin-Verify", SECRET, "X-Viewer-Access",
						"signed-cookies", "Authorization", "Bearer nonsense"))
					.hasStatus(401);
				assertThat(behind.get(behind.image(IMAGE), "X-Origin-Verify", SECRET, "X-Viewer-Access",
						"signed-cookies", "Authorization", "Bearer " + ViewerCookiesIT.this.issuer.token("124")))
					.hasStatus(403);
				assertThat(behind
					.get(URI.create("http://127.0.0.1:" + behind.port() + "/proxy-image-session?project=123"), CHECKED))
					.hasStatus(401);
			}
		}

		@Test
		void isNotBelievedUnlessConfigured() throws Exception {
			try (RunningOrigin behind = start(
					OriginSettings.required().with("image-origin.access.edge-secrets", SECRET))) {
				assertThat(behind.get(behind.image(IMAGE), CHECKED)).hasStatus(401);
			}
		}

	}

	private void refuses(String cookies, String reason) throws Exception {
		HttpResponse<byte[]> response = get(IMAGE, cookies);
		assertThat(response).hasStatus(401)
			.hasHeader("WWW-Authenticate", "Bearer")
			.hasHeader("Cache-Control", "no-store")
			.hasHeader("Content-Type", "application/problem+json");
		assertThat(detail(response)).contains(reason);
	}

	private static String detail(HttpResponse<byte[]> response) {
		return new String(response.body(), StandardCharsets.UTF_8);
	}

	private HttpResponse<byte[]> get(String key, String cookies, String... more) throws Exception {
		String[] headers = Arrays.copyOf(more, more.length + 2);
		headers[more.length] = "Cookie";
		headers[more.length + 1] = cookies;
		return this.origin.get(this.origin.image(key), headers);
	}

	private static String policy(RunningOrigin origin, int seconds) {
		return ViewerKeyPair.policy(base(origin) + "/proxy-image/projects/123/*", soon(seconds));
	}

	private static String base(RunningOrigin origin) {
		return "http://127.0.0.1:" + origin.port();
	}

	private static Instant soon(int seconds) {
		return Instant.now().plusSeconds(seconds);
	}

	/** Begins like a PNG file. */
	private static byte[] png(int length) {
		byte[] bytes = new byte[length];
		byte[] signature = { (byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0, 0, 0, 13, 'I', 'H', 'D', 'R' };
		System.arraycopy(signature, 0, bytes, 0, signature.length);
		return bytes;
	}

}
