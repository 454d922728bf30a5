package ai.doxle.imageorigin.contract;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Properties;

import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import ai.doxle.imageorigin.harness.LocalCertificate;
import ai.doxle.imageorigin.harness.LocalS3;
import ai.doxle.imageorigin.harness.OriginSettings;
import ai.doxle.imageorigin.harness.RunningOrigin;
import ai.doxle.imageorigin.harness.SampleImages;
import ai.doxle.imageorigin.harness.TokenIssuer;
import ai.doxle.imageorigin.harness.ViewerKeyPair;

import static ai.doxle.imageorigin.harness.ResponseAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * An origin with {@code server.ssl}: what is sent from files otherwise has to be
 * encrypted here.
 */
class TlsIT {

	private static final byte[] IMAGE = SampleImages.noise(300, 1);

	/** The client says what it speaks (RFC 7301), or does not. */
	@ParameterizedTest
	@CsvSource({ "false, HTTP_1_1", "true, HTTP_1_1", "true, HTTP_2" })
	void servesWhatIsInMemory(boolean http2, Version version, @TempDir Path folder) throws Exception {
		LocalCertificate certificate = LocalCertificate.create(folder);
		try (LocalS3 s3 = LocalS3.start("images");
				RunningOrigin origin = RunningOrigin.start(s3.originProperties(0), settings(certificate, http2));
				HttpClient client = client(certificate, version)) {
			s3.put("img.png", "image/png", IMAGE);
			URI address = URI.create(origin.image("img.png").toString().replace("http:", "https:"));
			for (String tier : new String[] { "stored", "hit", "hit" }) {
				HttpResponse<byte[]> whole = client.send(request(address).build(), BodyHandlers.ofByteArray());
				assertThat(whole.headers().firstValue("Cache-Status").orElseThrow()).endsWith(tier);
				assertThat(whole.version()).isEqualTo(version);
				assertThat(whole.body()).isEqualTo(IMAGE);
			}
			HttpResponse<byte[]> part = client.send(request(address).header("Range", "bytes=1000-199999").build(),
					BodyHandlers.ofByteArray());
			assertThat(part).hasStatus(206).hasBody(Arrays.copyOfRange(IMAGE, 1000, 200_000));
			assertThat(origin.ordinaryRequests()).as("the first request").isOne();
		}
	}

	/** A policy names the scheme that the viewer sees, in the short cut as beside it. */
	@ParameterizedTest
	@CsvSource({ "false, HTTP_1_1", "true, HTTP_1_1", "true, HTTP_2" })
	void matchesCookiesWithItsScheme(boolean http2, Version version, @TempDir Path folder) throws Exception {
		LocalCertificate certificate = LocalCertificate.create(folder);
		ViewerKeyPair key = ViewerKeyPair.p256();
		Properties settings = settings(certificate, http2);
		settings.putAll(new TokenIssuer().originProperties());
		settings.putAll(key.originProperties());
		settings.setProperty("image-origin.access.mode", "required");
		try (LocalS3 s3 = LocalS3.start("images");
				RunningOrigin origin = RunningOrigin.start(s3.originProperties(0), settings);
				HttpClient client = client(certificate, version)) {
			s3.put("img.png", "image/png", IMAGE);
			URI address = URI.create(origin.image("img.png").toString().replace("http:", "https:"));
			String base = "//127.0.0.1:" + origin.port() + "/*";
			Instant soon = Instant.now().plusSeconds(600);
			String secure = key.cookies(ViewerKeyPair.policy("https:" + base, soon));
			for (String tier : new String[] { "stored", "hit", "hit" }) {
				HttpResponse<byte[]> response = client.send(request(address).header("Cookie", secure).build(),
						BodyHandlers.ofByteArray());
				assertThat(response).hasStatus(200).hasBody(IMAGE).hasHeaderEnding("Cache-Status", tier);
			}
			assertThat(origin.ordinaryRequests()).as("the first request").isOne();
			String plain = key.cookies(ViewerKeyPair.policy("http:" + base, soon));
			assertThat(client.send(request(address).header("Cookie", plain).build(), BodyHandlers.ofByteArray()))
				.hasStatus(401);
		}
	}

	private static HttpRequest.Builder request(URI address) {
		return HttpRequest.newBuilder(address).timeout(Duration.ofSeconds(30));
	}

	private static Properties settings(LocalCertificate certificate, boolean http2) {
		Properties settings = OriginSettings.open()
			.with("server.http2.enabled", String.valueOf(http2))
			.with("server.ssl.certificate", certificate.file().toUri().toString())
			.with("server.ssl.certificate-private-key", certificate.key().toUri().toString())
			.with("management.server.ssl.enabled", "false");
		return settings;
	}

	private static HttpClient client(LocalCertificate certificate, Version version)
			throws IOException, GeneralSecurityException {
		KeyStore trusted = KeyStore.getInstance("PKCS12");
		trusted.load(null, null);
		try (InputStream stream = Files.newInputStream(certificate.file())) {
			trusted.setCertificateEntry("local", CertificateFactory.getInstance("X.509").generateCertificate(stream));
		}
		TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
		trust.init(trusted);
		SSLContext context = SSLContext.getInstance("TLS");
		context.init(null, trust.getTrustManagers(), null);
		return HttpClient.newBuilder().version(version).sslContext(context).build();
	}

}
