package ai.doxle.imageorigin.region;

import java.io.File;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.Event;
import software.amazon.awssdk.services.s3.model.QueueConfiguration;

import ai.doxle.imageorigin.harness.LocalRedis;
import ai.doxle.imageorigin.harness.LocalS3;
import ai.doxle.imageorigin.harness.OriginSettings;
import ai.doxle.imageorigin.harness.RunningOrigin;
import ai.doxle.imageorigin.harness.SampleImages;
import ai.doxle.imageorigin.harness.TokenIssuer;

import static ai.doxle.imageorigin.harness.ResponseAssert.assertThat;
import static ai.doxle.imageorigin.region.EventMessages.find;
import static ai.doxle.imageorigin.region.EventMessages.path;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Events of a real MinIO, if there is one on the path (or where the variable
 * {@code MINIO} says), by its webhook.
 */
class MinioEventsIT {

	private static final Duration PATIENCE = Duration.ofMinutes(1);

	private static final String SECRET = "webhook-secret-0123456789-abcdefghij";

	private static final TokenIssuer issuer = new TokenIssuer();

	private static final String ADMIN = "Bearer " + issuer.token((claims) -> claims.claim("scope", "images:admin"));

	private static final byte[] ONE = SampleImages.noise(60, 1);

	private static final byte[] TWO = SampleImages.noise(50, 2);

	@TempDir
	private Path folder;

	private int[] ports;

	private Process minio;

	private LocalRedis redis;

	private RunningOrigin origin;

	private S3AsyncClient client;

	@BeforeEach
	void start() throws Exception {
		Optional<String> executable = executable();
		Assumptions.assumeTrue(executable.isPresent(), "no MinIO on the path");
		this.ports = freePorts();
		this.redis = LocalRedis.start();
		this.minio = launch(executable.get());
		this.client = S3AsyncClient.builder()
			.httpClientBuilder(NettyNioAsyncHttpClient.builder())
			.region(Region.US_EAST_1)
			.forcePathStyle(true)
			.endpointOverride(server())
			.credentialsProvider(StaticCredentialsProvider
				.create(AwsBasicCredentials.create(LocalS3.ACCESS_KEY, LocalS3.SECRET_KEY)))
			.build();
		await().atMost(PATIENCE).ignoreExceptions().until(() -> isLive());
		this.client.createBucket((request) -> request.bucket(EventMessages.BUCKET)).join();
		this.origin = join();
		QueueConfiguration webhook = QueueConfiguration.builder()
			.queueArn("arn:minio:sqs::ORIGIN:webhook")
			.events(Event.S3_OBJECT_CREATED, Event.S3_OBJECT_REMOVED)
			.build();
		this.client
			.putBucketNotificationConfiguration((request) -> request.bucket(EventMessages.BUCKET)
				.notificationConfiguration((events) -> events.queueConfigurations(List.of(webhook))))
			.join();
		this.origin.awaitRegion();
	}

	private RunningOrigin join() {
		return RunningOrigin.start(this.redis.originProperties(), issuer.originProperties(),
				OriginSettings.open()
					.with("management.server.port", Integer.toString(this.ports[1]))
					.with("image-origin.events.secrets[0]", SECRET)
					.with("image-origin.store.buckets[0].name", EventMessages.BUCKET)
					.with("image-origin.store.buckets[0].region", "us-east-1")
					.with("image-origin.store.buckets[0].endpoint", server().toString())
					.with("image-origin.store.buckets[0].path-style", "true"));
	}

	private Process launch(String executable) throws IOException {
		ProcessBuilder server = new ProcessBuilder(executable, "server", "--address", "127.0.0.1:" + this.ports[0],
				"--console-address", "127.0.0.1:" + this.ports[2], this.folder.resolve("data").toString());
		server.environment()
			.putAll(Map.of("MINIO_ROOT_USER", LocalS3.ACCESS_KEY, "MINIO_ROOT_PASSWORD", LocalS3.SECRET_KEY,
					"MINIO_NOTIFY_WEBHOOK_ENABLE_ORIGIN", "on", "MINIO_NOTIFY_WEBHOOK_ENDPOINT_ORIGIN",
					"http://127.0.0.1:" + this.ports[1] + "/actuator/images/events",
					"MINIO_NOTIFY_WEBHOOK_AUTH_TOKEN_ORIGIN", SECRET, "MINIO_NOTIFY_WEBHOOK_QUEUE_DIR_ORIGIN",
					Files.createDirectories(this.folder.resolve("queue")).toString()));
		return server.redirectErrorStream(true).redirectOutput(this.folder.resolve("minio.log").toFile()).start();
	}

	private boolean isLive() throws IOException {
		HttpURLConnection health = (HttpURLConnection) server().resolve("/minio/health/live").toURL().openConnection();
		return health.getResponseCode() == 200;
	}

	private URI server() {
		return URI.create("http://127.0.0.1:" + this.ports[0]);
	}

	@AfterEach
	void stop() {
		if (this.origin != null) {
			this.origin.close();
			this.client.close();
			this.redis.close();
		}
		if (this.minio != null) {
			this.minio.destroyForcibly().onExit().join();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "projects/1/red flower+ä.jpg", "projects/1/100%.jpg" })
	void reachTheTiers(String key) throws Exception {
		put(key, ONE);
		awaitLength(key, ONE.length);
		assertThat(this.origin.get(this.origin.image(path(key)))).hasHeader("Cache-Status", "image-origin-memory; hit");
		put(key, TWO);
		awaitLength(key, TWO.length);
		assertThat(this.origin.get(this.origin.image(path(key))).body()).isEqualTo(TWO);
		this.client.deleteObject((request) -> request.bucket(EventMessages.BUCKET).key(key)).join();
		await().atMost(PATIENCE)
			.untilAsserted(() -> assertThat(this.origin.get(this.origin.image(path(key)))).hasStatus(404));
	}

	@Test
	void waitInTheFolderOfMinioWhileTheOriginIsDown() throws Exception {
		this.origin.close();
		put("projects/1/down.jpg", ONE);
		await().atMost(PATIENCE).until(() -> waitingInFolder() > 0);
		this.origin = join();
		awaitLength("projects/1/down.jpg", ONE.length);
		await().atMost(PATIENCE).until(() -> waitingInFolder() == 0);
	}

	private long waitingInFolder() throws IOException {
		try (Stream<Path> files = Files.walk(this.folder.resolve("queue"))) {
			return files.filter(Files::isRegularFile).count();
		}
	}

	private void put(String key, byte[] bytes) {
		this.client
			.putObject((request) -> request.bucket(EventMessages.BUCKET).key(key).contentType("image/png"),
					AsyncRequestBody.fromBytes(bytes))
			.join();
	}

	private void awaitLength(String key, int length) {
		await().atMost(PATIENCE)
			.until(() -> find(this.origin, key, ADMIN).path("redis").path("length").asInt() == length);
	}

	private static Optional<String> executable() {
		String named = System.getenv("MINIO");
		return (named != null) ? Optional.of(named)
				: Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
					.map((directory) -> Path.of(directory, "minio"))
					// the server itself, and no script that brings one
					.filter((file) -> Files.isExecutable(file) && file.toFile().length() > 1_000_000)
					.map(Path::toString)
					.findFirst();
	}

	private static int[] freePorts() throws IOException {
		try (ServerSocket one = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
				ServerSocket two = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
				ServerSocket three = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			return new int[] { one.getLocalPort(), two.getLocalPort(), three.getLocalPort() };
		}
	}

}
