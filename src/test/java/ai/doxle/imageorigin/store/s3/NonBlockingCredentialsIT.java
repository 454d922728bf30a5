package ai.doxle.imageorigin.store.s3;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import software.amazon.awssdk.auth.credentials.InstanceProfileCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.HeadBucketResponse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Against a server that speaks as EC2's metadata service does, and has a bucket.
 */
class NonBlockingCredentialsIT {

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
	void anEventLoopGoesOnWhileTheyAreFetched() throws Exception {
		try (InstanceProfileCredentialsProvider provider = provider(); S3AsyncClient client = client(provider)) {
			Mono<HeadBucketResponse> question = new NonBlockingCredentials(provider)
				.before(Mono.fromFuture(() -> client.headBucket((request) -> request.bucket("images"))));
			EventLoop loop = new DefaultEventLoop();
			CompletableFuture<HeadBucketResponse> answer = new CompletableFuture<>();
			loop.execute(() -> question.subscribe(answer::complete, answer::completeExceptionally));
			await().atMost(PATIENCE).until(() -> this.tokens.get() > 0);
			assertThat(loop.submit(() -> answer.isDone()).get(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isFalse();
			assertThat(this.tokens).hasValue(1);
			this.release.countDown();
			assertThat(answer).succeedsWithin(PATIENCE);
			loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
		}
	}

	@Test
	void allShareOneAttempt() {
		try (InstanceProfileCredentialsProvider provider = provider()) {
			NonBlockingCredentials credentials = new NonBlockingCredentials(provider);
			CompletableFuture<String> one = credentials.before(Mono.just("one")).toFuture();
			CompletableFuture<String> two = credentials.before(Mono.just("two")).toFuture();
			await().atMost(PATIENCE).until(() -> this.tokens.get() > 0);
			this.release.countDown();
			assertThat(one).succeedsWithin(PATIENCE).isEqualTo("one");
			assertThat(two).succeedsWithin(PATIENCE).isEqualTo("two");
			assertThat(this.tokens).hasValue(1);
			assertThat(credentials.before(Mono.just("three")).toFuture()).isCompletedWithValue("three");
		}
	}

	@Test
	void asksAgainAfterAFailure() {
		this.release.countDown();
		this.status = 500;
		try (InstanceProfileCredentialsProvider provider = provider()) {
			NonBlockingCredentials credentials = new NonBlockingCredentials(provider);
			assertThat(credentials.before(Mono.just("one")).toFuture()).failsWithin(PATIENCE);
			this.status = 200;
			assertThat(credentials.before(Mono.just("two")).toFuture()).succeedsWithin(PATIENCE).isEqualTo("two");
		}
	}

	private S3AsyncClient client(InstanceProfileCredentialsProvider provider) {
		return S3AsyncClient.builder()
			.credentialsProvider(provider)
			.endpointOverride(URI.create(address()))
			.region(Region.US_EAST_1)
			.forcePathStyle(true)
			.build();
	}

	private InstanceProfileCredentialsProvider provider() {
		return InstanceProfileCredentialsProvider.builder().endpoint(address()).build();
	}

	private String address() {
		return "http://127.0.0.1:" + this.metadata.getAddress().getPort();
	}

	private void answer(HttpExchange exchange) throws IOException {
		try (exchange) {
			String path = exchange.getRequestURI().getPath();
			if (path.endsWith("/token")) {
				this.tokens.incrementAndGet();
			}
			this.release.await();
			byte[] body = body(path).getBytes(StandardCharsets.US_ASCII);
			boolean bodiless = exchange.getRequestMethod().equals("HEAD");
			exchange.sendResponseHeaders(this.status, bodiless ? -1 : body.length);
			exchange.getResponseBody().write(body, 0, bodiless ? 0 : body.length);
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
				{"Code": "Success", "AccessKeyId": "key", "SecretAccessKey": "secret", "Token": "session",
				"Expiration": "%s"}""".formatted(Instant.now().plus(Duration.ofHours(6))) : "role";
	}

}
