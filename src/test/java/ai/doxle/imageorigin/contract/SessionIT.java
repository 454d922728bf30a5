package ai.doxle.imageorigin.contract;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Properties;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import ai.doxle.imageorigin.harness.LocalS3;
import ai.doxle.imageorigin.harness.OriginSettings;
import ai.doxle.imageorigin.harness.RunningOrigin;
import ai.doxle.imageorigin.harness.SampleImages;
import ai.doxle.imageorigin.harness.SampleImages.Sample;
import ai.doxle.imageorigin.harness.TokenIssuer;
import ai.doxle.imageorigin.harness.ViewerKeyPair;

import static ai.doxle.imageorigin.harness.ResponseAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * The endpoint that trades a token for a viewer's cookies, row by row of its contract.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SessionIT {

	private static final String PATH = "/proxy-image-session";

	private static final String IMAGE = SampleImages.BLOCK + "img.jpg";

	private static final Sample SAMPLE = SampleImages.small().get(IMAGE);

	private static final String BASE = "https://images.example.com";

	private static final String SECRET = "edge-secret-0123456789";

	private final TokenIssuer issuer = new TokenIssuer();

	private final ViewerKeyPair key = ViewerKeyPair.p256();

	private LocalS3 s3;

	private RunningOrigin origin;

	@BeforeAll
	void start() {
		this.s3 = LocalS3.start("images");
		this.s3.put(IMAGE, SAMPLE.contentType(), SAMPLE.bytes());
		this.origin = start(OriginSettings.required()
			.with("image-origin.access.project-claim", "projects")
			.with("image-origin.cors.allowed-origins", "https://annotate.example"));
	}

	private RunningOrigin start(Properties settings) {
		Properties base = OriginSettings.required().with("image-origin.session.resource-base", BASE);
		return RunningOrigin.start(this.s3.originProperties(0), this.issuer.originProperties(),
				this.key.originProperties(), base, settings);
	}

	@AfterAll
	void stop() {
		this.origin.close();
		this.s3.close();
	}

	@Test
	void tradesATokenForCookiesOfNamedProjects() throws Exception {
		Instant before = Instant.now();
		HttpResponse<byte[]> response = session("?project=123&project=124", this.issuer.token("123", "124", "125"));
		assertThat(response).hasStatus(200)
			.hasHeader("Content-Type", "application/json")
			.hasHeader("Cache-Control", "no-store")
			.hasHeader("X-Content-Type-Options", "nosniff");
		JsonNode body = json(response);
		assertThat(body.propertyNames()).containsExactly("projects", "expires", "renewAfter");
		assertThat(body.get("projects").valueStream().map(JsonNode::stringValue)).containsExactly("123", "124");
		Instant expires = Instant.parse(body.get("expires").stringValue());
		assertThat(expires).isCloseTo(before.plus(Duration.ofHours(1)), within(Duration.ofSeconds(10)));
		assertThat(Instant.parse(body.get("renewAfter").stringValue()))
			.isEqualTo(expires.minus(Duration.ofMinutes(15)));
		List<String> cookies = cookies(response);
		assertThat(cookies).hasSize(7);
		assertThat(cookies).filteredOn((cookie) -> cookie.contains("; Path=/proxy-image/projects/123/;"))
			.extracting((cookie) -> cookie.substring(0, cookie.indexOf('=')))
			.containsExactly("CloudFront-Policy", "CloudFront-Signature", "CloudFront-Key-Pair-Id");
		assertThat(cookies.getLast()).isEqualTo("CloudFront-Hash-Algorithm=SHA256; Path=/proxy-image/; Max-Age=3600; "
				+ "Secure; HttpOnly; SameSite=Lax");
		assertThat(cookies).allMatch((cookie) -> cookie.endsWith("; Max-Age=3600; Secure; HttpOnly; SameSite=Lax"));
		assertThat(policy(cookies.getFirst()))
			.isEqualTo(ViewerKeyPair.policy(BASE + "/proxy-image/projects/123/*", expires));
	}

	@Test
	void coversAllProjectsOfTheClaimIfNoneIsNamed() throws Exception {
		HttpResponse<byte[]> response = session("", this.issuer
			.token((claims) -> claims.claim("projects", List.of("123", 124, "a*", "..", "x".repeat(129), "z.Z_-9"))));
		assertThat(json(response).get("projects").toString()).isEqualTo("[\"123\",\"124\",\"z.Z_-9\"]");
		assertThat(cookies(response)).hasSize(10);
	}

	@Test
	void showsAnImageByCookies() throws Exception {
		HttpResponse<byte[]> session = session("?project=123", this.issuer.token("123"));
		assertThat(this.origin.get(this.origin.image(IMAGE), "Cookie", header(session))).hasStatus(200)
			.hasBody(SAMPLE.bytes());
	}

	@ParameterizedTest
	@CsvSource({ "?project=124, 403", "?project=123&project=124, 403", "?project=, 400", "?project, 400",
			"?project=a*, 400", "?project=1%3f, 400", "?project=.., 400", "?project=., 400", "?project=1%2f2, 400",
			"?project=%25zz, 400", "?project=%ff, 400", "?project=123&project=a+b, 400" })
	void refusesOtherProjects(String query, int status) throws Exception {
		HttpResponse<byte[]> response = session(query, this.issuer.token("123"));
		assertThat(response).hasStatus(status)
			.hasHeader("Content-Type", "application/problem+json")
			.hasHeader("Cache-Control", "no-store")
			.hasNoHeader("Set-Cookie");
	}

	@Test
	void refusesMoreThanSixteenProjects() throws Exception {
		String[] ids = IntStream.rangeClosed(1, 17).mapToObj(String::valueOf).toArray(String[]::new);
		String query = IntStream.rangeClosed(1, 17).mapToObj((id) -> "project=" + id).collect(Collectors.joining("&"));
		assertThat(session("?" + query, this.issuer.token(ids))).hasStatus(400).hasNoHeader("Set-Cookie");
		assertThat(session("", this.issuer.token(ids))).hasStatus(400).hasNoHeader("Set-Cookie");
		assertThat(session("?" + query.substring(query.indexOf('&') + 1), this.issuer.token(ids))).hasStatus(200);
	}

	@Test
	void refusesATokenWithoutProjects() throws Exception {
		assertThat(session("", this.issuer.token((claims) -> {
		}))).hasStatus(403).hasNoHeader("Set-Cookie");
		assertThat(session("", this.issuer.token("*"))).hasStatus(403).hasNoHeader("Set-Cookie");
	}

	@ParameterizedTest
	@ValueSource(strings = { "required", "optional" })
	void needsATokenWhateverTheMode(String mode) throws Exception {
		try (RunningOrigin other = start(OriginSettings.required().with("image-origin.access.mode", mode))) {
			URI session = URI.create("http://127.0.0.1:" + other.port() + PATH);
			assertThat(other.get(session)).hasStatus(401).hasHeader("WWW-Authenticate", "Bearer");
			assertThat(other.get(session, "Authorization", "Bearer nonsense")).hasStatus(401)
				.hasHeaderStarting("WWW-Authenticate", "Bearer error=\"invalid_token\"");
			HttpResponse<byte[]> all = other.get(session, "Authorization", "Bearer " + this.issuer.token("123"));
			assertThat(new String(all.body(), StandardCharsets.UTF_8)).startsWith("{\"projects\":null,");
			assertThat(cookies(all)).hasSize(4).allMatch((cookie) -> cookie.contains("; Path=/proxy-image/;"));
			assertThat(policy(cookies(all).getFirst())).contains("\"" + BASE + "/proxy-image/*\"");
			assertThat(other.get(other.image(IMAGE), "Cookie", header(all))).hasBody(SAMPLE.bytes());
		}
	}

	@Test
	void endsNoLaterThanTheToken() throws Exception {
		Instant end = Instant.now().plusSeconds(10);
		HttpResponse<byte[]> response = session("?project=123",
				this.issuer.token((claims) -> claims.claim("projects", "123").expirationTime(Date.from(end))));
		Instant expires = Instant.parse(json(response).get("expires").stringValue());
		assertThat(expires).isBetween(end.minusSeconds(2), end);
		assertThat(cookies(response)).hasSize(4)
			.allMatch((cookie) -> cookie.matches(cookie.startsWith("CloudFront-Hash-Algorithm") ? ".*; Max-Age=3600;.*"
					: ".*; Max-Age=(10|9|8);.*"));
	}

	@Test
	void givesNothingForAnExpiredTokenThatTheClockSkewAllows() throws Exception {
		assertThat(session("?project=123", this.issuer.token(
				(claims) -> claims.claim("projects", "123").expirationTime(Date.from(Instant.now().minusSeconds(20))))))
			.hasStatus(401)
			.hasNoHeader("Set-Cookie");
	}

	@Test
	void ends() throws Exception {
		HttpResponse<byte[]> response = this.origin.get(session("?end&project=123"));
		assertThat(response).hasStatus(204).hasNoBody().hasHeader("Cache-Control", "no-store");
		assertThat(cookies(response)).hasSize(7)
			.allMatch((cookie) -> cookie
				.matches("CloudFront-[A-Za-z-]+=; Path=[^;]+; Max-Age=0; Secure; HttpOnly; SameSite=Lax"))
			.anyMatch((cookie) -> cookie.startsWith("CloudFront-Policy=; Path=/proxy-image/projects/123/;"))
			.anyMatch((cookie) -> cookie.startsWith("CloudFront-Hash-Algorithm=; Path=/proxy-image/;"));
		assertThat(cookies(this.origin.get(session("?end")))).hasSize(4);
		assertThat(this.origin.get(session("?end&project=*"))).hasStatus(400);
	}

	@ParameterizedTest
	@ValueSource(strings = { "HEAD", "POST", "PUT", "DELETE", "PATCH" })
	void refusesOtherMethods(String method) throws Exception {
		assertThat(this.origin.send(method, session(""))).hasStatus(405).hasHeader("Allow", "GET, OPTIONS");
	}

	@Test
	void respondsToPreflights() throws Exception {
		assertThat(this.origin.send("OPTIONS", session(""), "Origin", "https://annotate.example",
				"Access-Control-Request-Method", "GET", "Access-Control-Request-Headers", "authorization"))
			.hasStatus(204)
			.hasHeader("Allow", "GET, OPTIONS")
			.hasHeader("Access-Control-Allow-Origin", "https://annotate.example")
			.hasHeader("Access-Control-Allow-Credentials", "true")
			.hasHeader("Access-Control-Allow-Methods", "GET, OPTIONS")
			.hasHeaderWith("Access-Control-Allow-Headers", "Authorization");
	}

	@Test
	void allowsCredentialsToListedOriginsOnly() throws Exception {
		String token = "Bearer " + this.issuer.token("123");
		URI[] addresses = { session(""), this.origin.image(IMAGE), this.origin.image(SampleImages.BLOCK + "absent") };
		for (URI address : addresses) {
			assertThat(this.origin.get(address, "Authorization", token, "Origin", "https://annotate.example"))
				.hasHeader("Access-Control-Allow-Origin", "https://annotate.example")
				.hasHeader("Access-Control-Allow-Credentials", "true")
				.hasHeader("Vary", "Origin");
			assertThat(this.origin.get(address, "Authorization", token, "Origin", "https://other.example"))
				.hasNoHeader("Access-Control-Allow-Origin")
				.hasNoHeader("Access-Control-Allow-Credentials")
				.hasHeader("Vary", "Origin");
		}
	}

	@Test
	void neverAllowsCredentialsToAll() throws Exception {
		try (RunningOrigin other = start(OriginSettings.required())) {
			HttpResponse<byte[]> response = other.get(URI.create("http://127.0.0.1:" + other.port() + PATH),
					"Authorization", "Bearer " + this.issuer.token("123"), "Origin", "https://annotate.example");
			assertThat(response).hasStatus(200)
				.hasHeader("Access-Control-Allow-Origin", "*")
				.hasNoHeader("Access-Control-Allow-Credentials");
		}
	}

	@Test
	void doesNotExistWithoutAKeyOrInModeOpen() throws Exception {
		try (RunningOrigin keyless = RunningOrigin.start(this.s3.originProperties(0), this.issuer.originProperties());
				RunningOrigin open = start(OriginSettings.open());
				RunningOrigin verifying = RunningOrigin.start(this.s3.originProperties(0),
						this.issuer.originProperties(), this.key.verifyingProperties(0))) {
			for (RunningOrigin other : List.of(keyless, open, verifying)) {
				URI session = URI.create("http://127.0.0.1:" + other.port() + PATH);
				String token = "Bearer " + this.issuer.token("123");
				assertThat(other.get(session, "Authorization", token)).hasStatus(404)
					.hasHeader("Cache-Control", "no-store");
				assertThat(other.send("OPTIONS", session)).hasStatus(404);
				assertThat(other.send("POST", session)).hasStatus(405);
			}
		}
	}

	@Test
	void checksInOrder() throws Exception {
		OriginSettings settings = OriginSettings.required()
			.with("image-origin.access.project-claim", "projects")
			.with("image-origin.access.edge-secrets", SECRET);
		try (RunningOrigin guarded = start(settings)) {
			String session = "http://127.0.0.1:" + guarded.port() + PATH;
			assertThat(guarded.send("OPTIONS", URI.create(session))).hasStatus(403);
			assertThat(guarded.send("POST", URI.create(session))).hasStatus(403);
			String[] edge = { "X-Origin-Verify", SECRET };
			assertThat(guarded.send("POST", URI.create(session + "?project=*"), edge)).hasStatus(405);
			assertThat(guarded.get(URI.create(session + "?project=*"), edge)).hasStatus(400);
			assertThat(guarded.get(URI.create(session + "?project=124"), edge)).hasStatus(401);
			assertThat(guarded.get(URI.create(session + "?project=124"), "X-Origin-Verify", SECRET, "Authorization",
					"Bearer " + this.issuer.token("123")))
				.hasStatus(403);
		}
	}

	@Test
	void hasPropertiesOfItsOwn() throws Exception {
		OriginSettings settings = OriginSettings.required()
			.with("image-origin.session.path", "/sessions/images")
			.with("image-origin.session.lifetime", "2m")
			.with("image-origin.session.same-site", "none")
			.with("image-origin.path", "/img");
		try (RunningOrigin other = start(settings)) {
			HttpResponse<byte[]> response = other.get(
					URI.create("http://127.0.0.1:" + other.port() + "/sessions/images?project=5"), "Authorization",
					"Bearer " + this.issuer.token("123"));
			assertThat(cookies(response)).hasSize(4)
				.allMatch((cookie) -> cookie.endsWith("; Max-Age=120; Secure; HttpOnly; SameSite=None; Partitioned"));
			assertThat(policy(cookies(response).getFirst())).contains(BASE + "/img/projects/5/*");
		}
	}

	/** The keys of the issuer are out of reach, and none is known. */
	@Test
	void isUnavailableWhileTheIssuerIsDown() throws Exception {
		OriginSettings settings = OriginSettings.required()
			.with("spring.security.oauth2.resourceserver.jwt.jwk-set-uri", "http://127.0.0.1:1/keys");
		try (RunningOrigin cut = RunningOrigin.start(this.s3.originProperties(0), this.key.originProperties(),
				settings)) {
			assertThat(cut.get(URI.create("http://127.0.0.1:" + cut.port() + PATH), "Authorization",
					"Bearer " + this.issuer.token("123")))
				.hasStatus(503)
				.hasHeader("Retry-After", "1")
				.hasHeader("Cache-Control", "no-store")
				.hasNoHeader("Set-Cookie");
		}
	}

	/** What is signed here, OpenSSL verifies. */
	@Test
	void signsWhatOpenSslVerifies(@TempDir Path directory) throws Exception {
		assumeThat(openSsl("version")).isZero();
		Path publicKey = Files.writeString(directory.resolve("public.pem"), this.key.publicPem());
		List<String> cookies = cookies(session("?project=123", this.issuer.token("123")));
		Path policy = Files.write(directory.resolve("policy"), value(cookies.get(0)));
		Path signature = Files.write(directory.resolve("signature"), value(cookies.get(1)));
		String[] verify = { "dgst", "-sha256", "-verify", publicKey.toString(), "-signature", signature.toString(),
				policy.toString() };
		assertThat(openSsl(verify)).isZero();
		Files.writeString(policy, Files.readString(policy).replace("123", "124"));
		assertThat(openSsl(verify)).isEqualTo(1);
	}

	private static int openSsl(String... arguments) throws InterruptedException {
		List<String> command = new ArrayList<>(List.of("openssl"));
		command.addAll(List.of(arguments));
		try {
			return new ProcessBuilder(command).redirectErrorStream(true)
				.redirectOutput(ProcessBuilder.Redirect.DISCARD)
				.start()
				.waitFor();
		}
		catch (IOException ex) {
			return -1;
		}
	}

	private HttpResponse<byte[]> session(String query, String token) throws Exception {
		return this.origin.get(session(query), "Authorization", "Bearer " + token);
	}

	private URI session(String query) {
		return URI.create("http://127.0.0.1:" + this.origin.port() + PATH + query);
	}

	private static JsonNode json(HttpResponse<byte[]> response) {
		return JsonMapper.shared().readTree(response.body());
	}

	private static List<String> cookies(HttpResponse<byte[]> response) {
		return response.headers().allValues("Set-Cookie");
	}

	/** The header with which a browser sends them back. */
	private static String header(HttpResponse<byte[]> response) {
		return cookies(response).stream()
			.map((cookie) -> cookie.substring(0, cookie.indexOf(';')))
			.collect(Collectors.joining("; "));
	}

	private static String policy(String cookie) {
		return new String(value(cookie), StandardCharsets.UTF_8);
	}

	private static byte[] value(String cookie) {
		String value = cookie.substring(cookie.indexOf('=') + 1, cookie.indexOf(';'));
		return Base64.getDecoder().decode(value.replace('-', '+').replace('_', '=').replace('~', '/'));
	}

}
