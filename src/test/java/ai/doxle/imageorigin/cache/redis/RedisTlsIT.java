package ai.doxle.imageorigin.cache.redis;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import ai.doxle.imageorigin.cache.RegionalAnswer.Unavailable;
import ai.doxle.imageorigin.cache.RegionalPurge;
import ai.doxle.imageorigin.harness.LocalCertificate;
import ai.doxle.imageorigin.harness.LocalRedis;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSelection;

import static ai.doxle.imageorigin.cache.redis.RegionInstance.PATIENCE;
import static ai.doxle.imageorigin.cache.redis.RegionInstance.await;
import static ai.doxle.imageorigin.cache.redis.RegionInstance.head;
import static ai.doxle.imageorigin.cache.redis.RegionInstance.image;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * The cache over TLS, with a user who has access to our keys only. Runs where the
 * library's redis-server was built with TLS, such as on Linux on x86-64.
 */
@ExtendWith(OutputCaptureExtension.class)
class RedisTlsIT {

	private static final String PASSWORD = "changeit";

	private static final ImageKey KEY = new ImageKey("projects/123/blocks/456/img.jpg");

	@TempDir
	private static Path folder;

	private static LocalCertificate certificate;

	@BeforeAll
	static void createCertificate() throws Exception {
		certificate = LocalCertificate.create(folder);
	}

	@Test
	void keepsAndPurgesAsAUserOverTls() throws Exception {
		int port = freePort();
		try (LocalRedis redis = startWithTls(port);
				RegionInstance instance = RegionInstance.join(properties(port, "images", PASSWORD));
				RegionInstance stranger = RegionInstance.start(properties(port, "images", "wrong"), Map.of())) {
			byte[] bytes = image(3 * ImageChunk.SIZE, 1);
			instance.load(KEY, head(bytes, "v1"), bytes);
			assertThat(instance.held(KEY)).isEqualTo(bytes);
			assertThat(instance.cache()
				.forget(new ImageSelection.Tagged("project:123"))
				.map(RegionalPurge::images)
				.block(PATIENCE)).isEqualTo(1);
			await(() -> stranger.breaker().getMetrics().getNumberOfNotPermittedCalls() > 0);
			assertThat(stranger.claim(KEY)).isInstanceOf(Unavailable.class);
			assertThat(redis.pid()).isPositive();
		}
	}

	@Test
	void anUntrustedCertificateIsNamed(CapturedOutput output) throws Exception {
		int port = freePort();
		Properties properties = properties(port, "images", PASSWORD);
		properties.remove("spring.data.redis.ssl.bundle");
		properties.setProperty("spring.data.redis.ssl.enabled", "true");
		try (LocalRedis redis = startWithTls(port);
				RegionInstance instance = RegionInstance.start(properties, Map.of())) {
			await(() -> instance.breaker().getMetrics().getNumberOfNotPermittedCalls() > 0);
			assertThat(instance.health().getDetails().get("errors")).asString().contains("TLS fails (TLS: ");
			assertThat(redis.pid()).isPositive();
		}
		assertThat(output).containsOnlyOnce("Redis: TLS fails (TLS: ").doesNotContain(PASSWORD);
	}

	private static LocalRedis startWithTls(int port) {
		try {
			return LocalRedis.start("tls-port " + port, "tls-cert-file " + certificate.file(),
					"tls-key-file " + certificate.key(), "tls-ca-cert-file " + certificate.file(),
					"tls-auth-clients no", "user images on >" + PASSWORD
							+ " ~image-origin:1:* -@all +@read +@write +@scripting " + "+@connection -@dangerous");
		}
		catch (UncheckedIOException ex) {
			boolean hasTls = System.getProperty("os.name").equals("Linux")
					&& System.getProperty("os.arch").equals("amd64");
			Assumptions.assumeTrue(hasTls, "redis-server was built without TLS");
			throw ex;
		}
	}

	private static Properties properties(int port, String user, String password) {
		Properties properties = new Properties();
		properties.setProperty("image-origin.cache.redis.enabled", "true");
		properties.setProperty("spring.data.redis.host", "127.0.0.1");
		properties.setProperty("spring.data.redis.port", Integer.toString(port));
		properties.setProperty("spring.data.redis.username", user);
		properties.setProperty("spring.data.redis.password", password);
		properties.setProperty("spring.data.redis.ssl.bundle", "redis");
		properties.setProperty("spring.ssl.bundle.pem.redis.truststore.certificate",
				certificate.file().toUri().toString());
		return properties;
	}

	private static int freePort() throws IOException {
		try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			return socket.getLocalPort();
		}
	}

}
