package ai.doxle.imageorigin.store.s3;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.util.unit.DataSize;
import software.amazon.awssdk.http.nio.netty.SdkEventLoopGroup;

import ai.doxle.imageorigin.harness.S3Object;
import ai.doxle.imageorigin.harness.ScriptedS3;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.store.StoreProperties;
import ai.doxle.imageorigin.store.StoreProperties.Client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Where the default chain finds credentials, with made-up servers in the place of STS and
 * EC2's metadata service.
 */
@ExtendWith(OutputCaptureExtension.class)
class CredentialsIT {

	private static final List<String> PROPERTIES = List.of("aws.accessKeyId", "aws.secretAccessKey", "aws.roleArn",
			"aws.roleSessionName", "aws.webIdentityTokenFile", "aws.endpointUrlSts", "aws.ec2MetadataServiceEndpoint",
			"aws.region");

	private final Map<String, String> before = new HashMap<>();

	private final AtomicInteger asked = new AtomicInteger();

	private final List<String> questions = new ArrayList<>();

	private final SdkEventLoopGroup loops = SdkEventLoopGroup.builder().numberOfThreads(1).build();

	private HttpServer server;

	private ScriptedS3 s3;

	@BeforeEach
	void start() throws IOException {
		for (String name : PROPERTIES) {
			if (System.getProperty(name) != null) {
				this.before.put(name, System.getProperty(name));
			}
			System.clearProperty(name);
		}
		System.setProperty("aws.region", "us-east-1");
		this.s3 = new ScriptedS3(S3Object.of(new byte[10])::answer);
		this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		this.server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
	}

	@AfterEach
	void stop() throws IOException {
		PROPERTIES.forEach(System::clearProperty);
		this.before.forEach(System::setProperty);
		this.server.stop(0);
		this.s3.close();
		this.loops.eventLoopGroup().shutdownGracefully(0, 0, TimeUnit.SECONDS).syncUninterruptibly();
	}

	@Test
	void webIdentity(CapturedOutput output, @TempDir Path directory) throws Exception {
		Path token = Files.writeString(directory.resolve("token"), "a.web.token");
		System.setProperty("aws.roleArn", "arn:aws:iam::123456789012:role/images");
		System.setProperty("aws.roleSessionName", "origin");
		System.setProperty("aws.webIdentityTokenFile", token.toString());
		System.setProperty("aws.endpointUrlSts", serve(this::assumeRole));
		try (S3Buckets buckets = buckets()) {
			assertThat(head(buckets)).isEqualTo(10);
			await().untilAsserted(() -> assertThat(output).contains("AWS credentials come from "));
			assertThat(output).contains("STS_ASSUME_ROLE_WEB_ID").doesNotContain("sts-secret", "sts-session");
		}
		assertThat(this.questions.getFirst()).contains("AssumeRoleWithWebIdentity", "a.web.token");
		assertThat(this.s3.requests().getFirst().headers().get("authorization")).contains("Credential=STSKEY/");
		assertThat(this.s3.requests().getFirst().headers()).containsEntry("x-amz-security-token", "sts-session");
	}

	/**
	 * The first keys are good for seconds, the renewal is refused, and what comes then is
	 * good for a minute: nobody waits in vain.
	 */
	@Test
	void metadataThatFailsNowAndThen(CapturedOutput output) throws Exception {
		System.setProperty("aws.ec2MetadataServiceEndpoint", serve(this::metadata));
		try (S3Buckets buckets = buckets()) {
			await().atMost(Duration.ofMinutes(2)).until(() -> {
				assertThat(head(buckets)).isEqualTo(10);
				return this.asked.get() >= 2;
			});
			for (int i = 0; i < 20; i++) {
				assertThat(head(buckets)).isEqualTo(10);
			}
		}
		assertThat(output).contains("AWS credentials come from IMDS");
	}

	private static long head(S3Buckets buckets) {
		return buckets.stores()
			.values()
			.iterator()
			.next()
			.head(new ImageKey("a.png"))
			.blockOptional(Duration.ofSeconds(60))
			.orElseThrow()
			.length();
	}

	private S3Buckets buckets() {
		StoreProperties.Bucket bucket = new StoreProperties.Bucket("bucket", "us-east-1", this.s3.endpoint(), true);
		return new S3Buckets(new StoreProperties(List.of(bucket), Duration.ofSeconds(5), Duration.ofSeconds(15),
				Duration.ofSeconds(15), 10, null, 10, DataSize.ofKilobytes(32), Client.NETTY), this.loops);
	}

	private String serve(HttpHandler handler) {
		this.server.createContext("/", handler);
		this.server.start();
		return URI.create("http://127.0.0.1:" + this.server.getAddress().getPort()).toString();
	}

	private void assumeRole(HttpExchange exchange) throws IOException {
		this.questions.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
		answer(exchange, 200, """
				<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
				<AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>STSKEY</AccessKeyId>
				<SecretAccessKey>sts-secret</SecretAccessKey><SessionToken>sts-session</SessionToken>
				<Expiration>%s</Expiration></Credentials></AssumeRoleWithWebIdentityResult>
				</AssumeRoleWithWebIdentityResponse>""".formatted(inAnHour()));
	}

	private void metadata(HttpExchange exchange) throws IOException {
		String path = exchange.getRequestURI().getPath();
		if (path.endsWith("/token")) {
			answer(exchange, 200, "token");
		}
		else if (!path.endsWith("/role")) {
			answer(exchange, 200, "role");
		}
		else if (this.asked.incrementAndGet() == 2) {
			answer(exchange, 500, "not now");
		}
		else {
			answer(exchange, 200, keys(Duration.ofSeconds((this.asked.get() == 1) ? 3 : 60)));
		}
	}

	private static String keys(Duration life) {
		return """
				{"Code": "Success", "AccessKeyId": "key", "SecretAccessKey": "secret", "Token": "session",
				"Expiration": "%s"}""".formatted(Instant.now().plus(life).truncatedTo(ChronoUnit.SECONDS));
	}

	private static String inAnHour() {
		return Instant.now().plus(Duration.ofHours(1)).truncatedTo(ChronoUnit.SECONDS).toString();
	}

	private static void answer(HttpExchange exchange, int status, String text) throws IOException {
		try (exchange) {
			byte[] body = text.getBytes(StandardCharsets.UTF_8);
			exchange.sendResponseHeaders(status, body.length);
			exchange.getResponseBody().write(body);
		}
	}

}
