package ai.doxle.imageorigin.fault;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Properties;

import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import ai.doxle.imageorigin.harness.LocalCertificate;
import ai.doxle.imageorigin.harness.LocalS3;
import ai.doxle.imageorigin.harness.OriginSettings;
import ai.doxle.imageorigin.harness.RunningOrigin;
import ai.doxle.imageorigin.harness.SampleImages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Clients that take their time to ask. A request may take 2 s, an idle connection 10
 * minutes.
 */
class SlowRequestsIT {

	private static final Duration PATIENCE = Duration.ofSeconds(60);

	private static final String REQUEST = "GET /proxy-image/a.png HTTP/1.1\r\nHost: x\r\n\r\n";

	private static LocalS3 s3;

	private static RunningOrigin origin;

	private static RunningOrigin encrypted;

	@BeforeAll
	static void start(@TempDir Path folder) throws Exception {
		s3 = LocalS3.start("images");
		s3.put("a.png", "image/png", SampleImages.noise(20, 1));
		s3.put("large.png", "image/png", SampleImages.noise(1800, 2));
		LocalCertificate certificate = LocalCertificate.create(folder);
		Properties tls = new Properties();
		tls.setProperty("server.ssl.certificate", certificate.file().toUri().toString());
		tls.setProperty("server.ssl.certificate-private-key", certificate.key().toUri().toString());
		tls.setProperty("management.server.ssl.enabled", "false");
		origin = RunningOrigin.start(s3.originProperties(0), settings());
		encrypted = RunningOrigin.start(s3.originProperties(0), settings(), tls);
		assertThat(origin.get(origin.image("a.png")).statusCode()).isEqualTo(200);
	}

	private static Properties settings() {
		Properties settings = OriginSettings.open()
			.with("image-origin.request-timeout", "2s")
			.with("server.netty.idle-timeout", "10m")
			.with("server.http2.enabled", "true");
		return settings;
	}

	@AfterAll
	static void stop() {
		origin.close();
		encrypted.close();
		s3.close();
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "GET /proxy-image/a.png HTTP/1.1\r\nHost: x\r\nX: ", "GET /",
			"PRI * HTTP/2.0\r\n\r\nSM\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0" })
	void areCutBeforeTheirFirstRequest(String beginning) throws Exception {
		try (Socket client = connect(origin)) {
			send(client, beginning);
			assertCut(client, "");
		}
	}

	@Test
	void areCutHoweverOftenTheySendAByte() throws Exception {
		try (Socket client = connect(origin)) {
			send(client, "GET /proxy-image/a.png HTTP/1.1\r\nX: ");
			assertCut(client, "a");
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "/proxy-image/a.png", "/proxy-image/absent" })
	void areCutInTheHeadOfALaterRequest(String target) throws Exception {
		try (Socket client = connect(origin)) {
			for (int i = 0; i < 2; i++) {
				send(client, "HEAD " + target + " HTTP/1.1\r\nHost: x\r\n\r\n");
				readHead(client);
			}
			send(client, "GE");
			assertCut(client, "T");
		}
	}

	@Test
	void areNotCutBetweenRequests() throws Exception {
		try (Socket client = connect(origin)) {
			for (int i = 0; i < 3; i++) {
				send(client, "HEAD /proxy-image/a.png HTTP/1.1\r\nHost: x\r\n\r\n");
				assertThat(readHead(client)).startsWith("HTTP/1.1 200 ");
				Thread.sleep(2500);
			}
		}
	}

	/** While an answer goes out, what follows on the connection is not read. */
	@Test
	void areNotCutWhileTheyTakeAnAnswer() throws Exception {
		byte[] image = SampleImages.noise(1800, 2);
		try (Socket client = new Socket()) {
			client.setReceiveBufferSize(16 * 1024);
			client.connect(new java.net.InetSocketAddress("127.0.0.1", origin.port()));
			send(client, REQUEST.replace("a.png", "large.png") + "HEAD /proxy-image/a.p");
			readHead(client);
			for (int i = 0; i < 4; i++) {
				assertThat(client.getInputStream().readNBytes(1024)).hasSize(1024);
				Thread.sleep(1000);
			}
			assertThat(client.getInputStream().readNBytes(image.length - 4 * 1024)).hasSize(image.length - 4 * 1024);
			send(client, "ng HTTP/1.1\r\nHost: x\r\n\r\n");
			assertThat(readHead(client)).startsWith("HTTP/1.1 200 ");
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "POST", "GET" })
	void areAnsweredAndThenCutInTheBodyOfARequest(String method) throws Exception {
		for (String length : new String[] { "Content-Length: 1000000000", "Transfer-Encoding: chunked" }) {
			try (Socket client = connect(origin)) {
				send(client, method + " /proxy-image/a.png HTTP/1.1\r\nHost: x\r\n" + length + "\r\n\r\n");
				assertThat(readHead(client)).startsWith(method.equals("GET") ? "HTTP/1.1 200 " : "HTTP/1.1 405 ");
				assertCut(client, length.startsWith("C") ? "a" : "1\r\na\r\n");
			}
		}
	}

	@Test
	void mayGoOnAfterABodyThatNobodyWants() throws Exception {
		try (Socket client = connect(origin)) {
			for (int i = 0; i < 3; i++) {
				send(client, "HEAD /proxy-image/a.png HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n12345");
				assertThat(readHead(client)).startsWith("HTTP/1.1 200 ");
				send(client, "6789");
				Thread.sleep(1000);
			}
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "\26\3\1\0" })
	void areCutInTheHandshake(String beginning) throws Exception {
		try (Socket client = connect(encrypted)) {
			send(client, beginning);
			assertCut(client, "");
		}
	}

	@Test
	void areCutInARecordOfTls() throws Exception {
		try (Socket client = connect(encrypted);
				Socket tls = trusting().getSocketFactory().createSocket(client, "localhost", encrypted.port(), true)) {
			for (int i = 0; i < 2; i++) {
				send(tls, "HEAD /proxy-image/a.png HTTP/1.1\r\nHost: x\r\n\r\n");
				assertThat(readHead(tls)).startsWith("HTTP/1.1 200 ");
			}
			send(client, "\27\3\3\1");
			assertCut(client, "a");
		}
	}

	private static SSLContext trusting() throws Exception {
		SSLContext context = SSLContext.getInstance("TLS");
		context.init(null, new TrustManager[] { new Credulous() }, null);
		return context;
	}

	private static Socket connect(RunningOrigin origin) throws IOException {
		Socket socket = new Socket("127.0.0.1", origin.port());
		socket.setSoTimeout((int) PATIENCE.toMillis());
		return socket;
	}

	private static void send(Socket client, String text) throws IOException {
		OutputStream stream = client.getOutputStream();
		stream.write(text.getBytes(StandardCharsets.ISO_8859_1));
		stream.flush();
	}

	private static String readHead(Socket client) throws IOException {
		StringBuilder head = new StringBuilder();
		InputStream stream = client.getInputStream();
		while (head.indexOf("\r\n\r\n") < 0) {
			int next = stream.read();
			assertThat(next).as("end after " + head).isNotNegative();
			head.append((char) next);
		}
		return head.toString();
	}

	/** Sends something now and then until it fails, or reads to the end. */
	private static void assertCut(Socket client, String piece) throws IOException {
		if (piece.isEmpty()) {
			client.getInputStream().transferTo(OutputStream.nullOutputStream());
			return;
		}
		await().atMost(Duration.ofSeconds(30)).pollInterval(Duration.ofMillis(300)).until(() -> {
			try {
				send(client, piece);
				return false;
			}
			catch (IOException ex) {
				return true;
			}
		});
	}

	private static final class Credulous implements X509TrustManager {

		@Override
		public void checkClientTrusted(X509Certificate[] chain, String type) {
		}

		@Override
		public void checkServerTrusted(X509Certificate[] chain, String type) {
		}

		@Override
		public X509Certificate[] getAcceptedIssuers() {
			return new X509Certificate[0];
		}

	}

}
