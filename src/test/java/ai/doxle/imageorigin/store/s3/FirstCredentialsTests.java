package ai.doxle.imageorigin.store.s3;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.InstanceProfileCredentialsProvider;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;
import software.amazon.awssdk.identity.spi.ResolveIdentityRequest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Against a server that speaks as EC2's metadata service does.
 */
class FirstCredentialsTests {

	private static final Duration PATIENCE = Duration.ofSeconds(30);

	private final CountDownLatch release = new CountDownLatch(1);

	private final AtomicInteger tokens = new AtomicInteger();

	private HttpServer metadata;

	private volatile int status = 200;

	@BeforeEach
	void start() throws Exception {
		this.metadata = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		this.metadata.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
		this.metadata.createContext("/", this::answer);
		this.metadata.start();
	}

	@AfterEach
	void stop() {
		this.release.countDown();
		this.metadata.stop(0);
	}

	@Test
	void nobodyWaitsWhileTheFirstAreFetchedOnce() {
		try (InstanceProfileCredentialsProvider provider = provider()) {
			FirstCredentials credentials = new FirstCredentials(provider);
			CompletableFuture<? extends AwsCredentialsIdentity> one = ask(credentials);
			CompletableFuture<? extends AwsCredentialsIdentity> two = ask(credentials);
			await().atMost(PATIENCE).until(() -> this.tokens.get() > 0);
			assertThat(one).isNotDone();
			assertThat(two).isNotDone();
			this.release.countDown();
			assertThat(one).succeedsWithin(PATIENCE).returns("first", AwsCredentialsIdentity::accessKeyId);
			assertThat(two).succeedsWithin(PATIENCE).returns("first", AwsCredentialsIdentity::accessKeyId);
			assertThat(this.tokens).hasValue(1);
			assertThat(ask(credentials)).isCompletedWithValueMatching((known) -> known.accessKeyId().equals("first"));
		}
	}

	@Test
	void asksAgainAfterAFailure() {
		this.release.countDown();
		this.status = 500;
		try (InstanceProfileCredentialsProvider provider = provider()) {
			FirstCredentials credentials = new FirstCredentials(provider);
			assertThat(ask(credentials)).failsWithin(PATIENCE);
			this.status = 200;
			assertThat(ask(credentials)).succeedsWithin(PATIENCE).returns("first", AwsCredentialsIdentity::accessKeyId);
		}
	}

	private InstanceProfileCredentialsProvider provider() {
		return InstanceProfileCredentialsProvider.builder()
			.endpoint("http://127.0.0.1:" + this.metadata.getAddress().getPort())
			.build();
	}

	private static CompletableFuture<? extends AwsCredentialsIdentity> ask(FirstCredentials credentials) {
		return credentials.resolveIdentity(ResolveIdentityRequest.builder().build());
	}

	private void answer(HttpExchange exchange) throws IOException {
		try (exchange) {
			String path = exchange.getRequestURI().getPath();
			if (path.endsWith("/token")) {
				this.tokens.incrementAndGet();
				this.release.await();
			}
			byte[] body = body(path).getBytes(StandardCharsets.US_ASCII);
			exchange.sendResponseHeaders(this.status, body.length);
			exchange.getResponseBody().write(body);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private static String body(String path) {
		if (path.endsWith("/token")) {
			return "token";
		}
		return path.endsWith("/role") ? """
				{"Code": "Success", "AccessKeyId": "first", "SecretAccessKey": "secret", "Token": "session",
				"Expiration": "%s"}""".formatted(Instant.now().plus(Duration.ofHours(6))) : "role";
	}

}
