package ai.doxle.imageorigin.contract;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Properties;

import com.sun.net.httpserver.HttpServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import ai.doxle.imageorigin.harness.LocalS3;
import ai.doxle.imageorigin.harness.RunningOrigin;
import ai.doxle.imageorigin.harness.SampleImages;
import ai.doxle.imageorigin.harness.TokenIssuer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * An issuer replaces its key, as it does when that was stolen.
 */
class WithdrawnKeyIT {

	private final TokenIssuer robbed = new TokenIssuer();

	private final TokenIssuer successor = new TokenIssuer("successor");

	private volatile String keys = this.robbed.jwkSet();

	private HttpServer server;

	private LocalS3 s3;

	private RunningOrigin origin;

	@BeforeEach
	void start() throws IOException {
		this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		this.server.createContext("/", (exchange) -> {
			byte[] body = this.keys.getBytes(StandardCharsets.UTF_8);
			exchange.sendResponseHeaders(200, body.length);
			exchange.getResponseBody().write(body);
			exchange.close();
		});
		this.server.start();
		this.s3 = LocalS3.start("images");
		this.s3.put("a.png", "image/png", SampleImages.noise(300, 1));
		Properties settings = new Properties();
		settings.setProperty("spring.security.oauth2.resourceserver.jwt.jwk-set-uri",
				"http://127.0.0.1:" + this.server.getAddress().getPort() + "/keys");
		this.origin = RunningOrigin.start(this.s3.originProperties(0), settings);
	}

	@AfterEach
	void stop() {
		this.origin.close();
		this.s3.close();
		this.server.stop(0);
	}

	@Test
	void refusesTokensThatItHasRemembered() throws Exception {
		String token = this.robbed.token("123");
		assertThat(status(token)).isEqualTo(200);
		assertThat(status(token)).isEqualTo(200);
		this.keys = this.successor.jwkSet();
		// a key id that is not known yet has the keys fetched
		assertThat(status(this.successor.token("successor", (claims) -> {
		}))).isEqualTo(200);
		assertThat(status(token)).isEqualTo(401);
	}

	@Test
	void fetchesNoKeysAfterItsEnd() throws Exception {
		assertThat(status(this.robbed.token("123"))).isEqualTo(200);
		assertThat(refreshers()).isNotEmpty();
		this.origin.close();
		await().until(() -> refreshers().isEmpty());
	}

	private static List<String> refreshers() {
		return Thread.getAllStackTraces().keySet().stream().map(Thread::getName).filter("token-keys"::equals).toList();
	}

	private int status(String token) throws IOException, InterruptedException {
		return this.origin.get(this.origin.image("a.png"), "Authorization", "Bearer " + token).statusCode();
	}

}
