package ai.doxle.imageorigin.contract;

import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import ai.doxle.imageorigin.harness.LocalS3;
import ai.doxle.imageorigin.harness.OriginSettings;
import ai.doxle.imageorigin.harness.RunningOrigin;
import ai.doxle.imageorigin.harness.TokenIssuer;
import ai.doxle.imageorigin.harness.ViewerKeyPair;

import static ai.doxle.imageorigin.harness.ResponseAssert.assertThat;

/**
 * The endpoint on the management port that a cache in front asks, hits included.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ViewerAccessIT {

	private static final String PATH = "/actuator/viewer-access";

	private static final String HOST = "images.example.com";

	private final TokenIssuer issuer = new TokenIssuer();

	private final ViewerKeyPair key = ViewerKeyPair.p256();

	private LocalS3 s3;

	private RunningOrigin origin;

	@BeforeAll
	void start() {
		this.s3 = LocalS3.start("images");
		this.origin = RunningOrigin.start(this.s3.originProperties(0), this.issuer.originProperties(),
				this.key.originProperties(), OriginSettings.required());
	}

	@AfterAll
	void stop() {
		this.origin.close();
		this.s3.close();
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			/proxy-image/projects/123/img.jpg              | images.example.com | https | 204
			/proxy-image/projects/123/img.jpg?size=1&a=b   | images.example.com | https | 204
			/proxy-image/projects%2F123/img.jpg            | IMAGES.example.com | https | 204
			/proxy-image/projects/%31%32%33/a%20b[1].jpg   | images.example.com | https | 204
			/proxy-image/projects/123/a[1]{}^.jpg            | images.example.com | https | 204
			https://images.example.com/proxy-image/projects/123/img.jpg | images.example.com | https | 204
			/proxy-image/projects/124/img.jpg              | images.example.com | https | 403
			/proxy-image/projects/1234/img.jpg             | images.example.com | https | 403
			/proxy-image/projects/123                      | images.example.com | https | 403
			/proxy-image/projects/123/../124/img.jpg       | images.example.com | https | 403
			/proxy-image/projects/123/%2e%2e/124/img.jpg   | images.example.com | https | 403
			/proxy-image/projects/123/%zz                  | images.example.com | https | 403
			/proxy-image/projects/123/%00                  | images.example.com | https | 403
			/proxy-image/projects/123/%252e%252e/img.jpg   | images.example.com | https | 204
			/other/projects/123/img.jpg                    | images.example.com | https | 403
			/proxy-image                                   | images.example.com | https | 403
			nonsense                                       | images.example.com | https | 403
			/proxy-image/projects/123/img.jpg              | images.example.com | http  | 403
			/proxy-image/projects/123/img.jpg              | images.example.com | ftp   | 403
			/proxy-image/projects/123/img.jpg              | other.example.com  | https | 403
			""")
	void decidesByTheViewersAddress(String target, String host, String scheme, int status) throws Exception {
		assertThat(check(target, host, scheme, "Cookie", cookies())).hasStatus(status)
			.hasNoBody()
			.hasHeader("Cache-Control", "no-store");
	}

	@Test
	void wantsGoodCookies() throws Exception {
		String target = "/proxy-image/projects/123/img.jpg";
		String token = "Bearer " + this.issuer.token("123");
		assertThat(check(target, HOST, "https")).hasStatus(403);
		assertThat(check(target, HOST, "https", "Authorization", token)).hasStatus(403);
		assertThat(check(target, HOST, "https", "Authorization", token, "Cookie", "a=b")).hasStatus(403);
		assertThat(check(target, HOST, "https", "Authorization", "Bearer nonsense", "Cookie", cookies()))
			.hasStatus(204);
		assertThat(check(target, HOST, "https", "Cookie", ViewerKeyPair.p256().cookies(policy()))).hasStatus(403);
		assertThat(check(target, HOST, "https", "Cookie", this.key.cookies("{}"))).hasStatus(403);
	}

	@Test
	void wantsEachHeaderOnce() throws Exception {
		String target = "/proxy-image/projects/123/img.jpg";
		assertThat(this.origin.get(this.origin.management(PATH), "Cookie", cookies())).hasStatus(403);
		assertThat(check(target, HOST, "https", "Cookie", cookies(), "X-Original-URI", target)).hasStatus(403);
		assertThat(check(target, HOST, "https", "Cookie", cookies(), "X-Original-Host", HOST)).hasStatus(403);
		assertThat(check(target, HOST, "https", "Cookie", cookies(), "X-Forwarded-Proto", "https")).hasStatus(403);
	}

	@Test
	void refusesOtherMethods() throws Exception {
		assertThat(this.origin.send("POST", this.origin.management(PATH))).hasStatus(405).hasHeader("Allow", "GET");
	}

	@Test
	void isNotOnThePublicPort() throws Exception {
		assertThat(this.origin.get(URI.create("http://127.0.0.1:" + this.origin.port() + PATH))).hasStatus(404);
	}

	@Test
	void doesNotExistWithoutKeys() throws Exception {
		try (RunningOrigin keyless = RunningOrigin.start(this.s3.originProperties(0), this.issuer.originProperties())) {
			assertThat(keyless.get(keyless.management(PATH), "Cookie", cookies())).hasStatus(404);
		}
	}

	private HttpResponse<byte[]> check(String target, String host, String scheme, String... more) throws Exception {
		List<String> headers = new ArrayList<>(
				List.of("X-Original-URI", target, "X-Original-Host", host, "X-Forwarded-Proto", scheme));
		headers.addAll(Arrays.asList(more));
		return this.origin.get(this.origin.management(PATH), headers.toArray(String[]::new));
	}

	private String cookies() {
		return this.key.cookies(policy());
	}

	private static String policy() {
		return ViewerKeyPair.policy("https://" + HOST + "/proxy-image/projects/123/*", Instant.now().plusSeconds(3600));
	}

}
