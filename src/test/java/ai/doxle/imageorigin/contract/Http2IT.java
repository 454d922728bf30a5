package ai.doxle.imageorigin.contract;

import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Properties;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import ai.doxle.imageorigin.harness.LocalS3;
import ai.doxle.imageorigin.harness.OriginSettings;
import ai.doxle.imageorigin.harness.RunningOrigin;
import ai.doxle.imageorigin.harness.SampleImages;

import static ai.doxle.imageorigin.harness.ResponseAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * An origin with {@code server.http2.enabled}, without TLS, asked in both versions.
 */
class Http2IT {

	private static final byte[] SMALL = SampleImages.noise(100, 1);

	/** No tier keeps it: it follows its reader's pace. */
	private static final byte[] LARGE = SampleImages.noise(1800, 2);

	private static LocalS3 s3;

	private static RunningOrigin origin;

	@BeforeAll
	static void start() {
		s3 = LocalS3.start("images");
		s3.put("small.png", "image/png", SMALL);
		s3.put("large.png", "image/png", LARGE);
		Properties settings = OriginSettings.open().with("server.http2.enabled", "true");
		origin = RunningOrigin.start(s3.originProperties(0), settings);
	}

	@AfterAll
	static void stop() {
		origin.close();
		s3.close();
	}

	@ParameterizedTest
	@EnumSource(names = { "HTTP_1_1", "HTTP_2" })
	void servesImages(Version version) throws Exception {
		try (HttpClient client = HttpClient.newBuilder().version(version).build()) {
			for (int i = 0; i < 3; i++) {
				assertIs(client.send(request("small.png").build(), BodyHandlers.ofByteArray()), version, 200, SMALL);
				assertIs(client.send(request("large.png").build(), BodyHandlers.ofByteArray()), version, 200, LARGE);
			}
			HttpResponse<byte[]> known = client.send(request("small.png").header("If-None-Match", "*").build(),
					BodyHandlers.ofByteArray());
			assertIs(known, version, 304, new byte[0]);
			HttpResponse<byte[]> absent = client.send(request("absent.png").build(), BodyHandlers.ofByteArray());
			assertThat(absent).hasStatus(404).hasHeader("Content-Type", "application/problem+json");
		}
	}

	private static HttpRequest.Builder request(String key) {
		return HttpRequest.newBuilder(origin.image(key));
	}

	private static void assertIs(HttpResponse<byte[]> response, Version version, int status, byte[] body) {
		assertThat(response.version()).isEqualTo(version);
		assertThat(response).hasStatus(status).hasBody(body);
	}

}
