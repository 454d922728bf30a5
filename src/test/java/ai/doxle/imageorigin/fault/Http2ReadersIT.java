package ai.doxle.imageorigin.fault;

import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.HttpClient;
import reactor.test.StepVerifier;

import ai.doxle.imageorigin.cache.LocalCache;
import ai.doxle.imageorigin.harness.LocalS3;
import ai.doxle.imageorigin.harness.RunningOrigin;
import ai.doxle.imageorigin.harness.SampleImages;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSelection;
import ai.doxle.imageorigin.offheap.ImageMemory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Readers of an image in memory over HTTP/2, whose windows take 64 KiB of it at a time.
 * The send timeout is 2 s.
 */
class Http2ReadersIT {

	private static final String KEY = "held.png";

	private static final byte[] IMAGE = SampleImages.noise(1600, 7);

	private static final Duration PATIENCE = Duration.ofSeconds(60);

	private LocalS3 s3;

	private RunningOrigin origin;

	@BeforeEach
	void start() {
		this.s3 = LocalS3.start("images");
		this.s3.put(KEY, "image/png", IMAGE);
		Properties settings = new Properties();
		settings.setProperty("server.http2.enabled", "true");
		settings.setProperty("image-origin.access.mode", "open");
		settings.setProperty("image-origin.send-timeout", "2s");
		settings.setProperty("spring.lifecycle.timeout-per-shutdown-phase", "60s");
		this.origin = RunningOrigin.start(this.s3.originProperties(0), settings);
		await().atMost(PATIENCE)
			.until(() -> this.origin.get(this.origin.image(KEY)).headers().firstValue("cache-status").orElse(""),
					"image-origin-memory; hit"::equals);
	}

	@AfterEach
	void stop() {
		this.origin.close();
		this.s3.close();
	}

	/** For more than twice the send timeout: there are hundreds of pieces. */
	@Test
	void servesASlowReader() {
		assertThat(readSlowly()).isEqualTo(IMAGE);
	}

	@Test
	void letsGoOfAnImageWhoseReaderLeaves() {
		read(KEY).take(2).blockLast(PATIENCE);
		await().atMost(PATIENCE).until(() -> !isReading());
	}

	@Test
	void cutsAReaderThatTakesNothing() {
		StepVerifier.create(read(KEY), 1).expectNextCount(1).then(() -> {
			assertThat(isReading()).isTrue();
			await().atMost(PATIENCE).until(() -> !isReading());
		}).thenRequest(Long.MAX_VALUE).thenConsumeWhile((piece) -> true).expectError().verify(PATIENCE);
	}

	@Test
	void cutsAReaderThatTakesNothingOfAMiss() {
		this.s3.put("miss.png", "image/png", IMAGE);
		StepVerifier.create(read("miss.png"), 1)
			.expectNextCount(1)
			.thenAwait(Duration.ofSeconds(4))
			.thenRequest(Long.MAX_VALUE)
			.thenConsumeWhile((piece) -> true)
			.expectError()
			.verify(PATIENCE);
	}

	@Test
	void letsAnAnswerUnderWayEndBeforeItEnds() {
		CompletableFuture<byte[]> answer = CompletableFuture.supplyAsync(this::readSlowly);
		await().atMost(PATIENCE).until(this::isReading);
		CompletableFuture<Void> ending = CompletableFuture.runAsync(this.origin::close);
		assertThat(answer.join()).isEqualTo(IMAGE);
		await().atMost(PATIENCE).until(ending::isDone);
	}

	/** Purged, it stays for its reader alone. */
	private boolean isReading() {
		this.origin.bean(LocalCache.class).forget(new ImageSelection.OneImage(new ImageKey(KEY)));
		return this.origin.bean(ImageMemory.class).used() > 0;
	}

	private byte[] readSlowly() {
		ByteArrayOutputStream image = new ByteArrayOutputStream();
		read(KEY).concatMap((piece) -> Mono.just(piece).delayElement(Duration.ofMillis(10)), 1)
			.doOnNext(image::writeBytes)
			.blockLast(PATIENCE);
		return image.toByteArray();
	}

	private Flux<byte[]> read(String key) {
		return HttpClient.newConnection()
			.protocol(HttpProtocol.H2C)
			.get()
			.uri(this.origin.image(key))
			.responseContent()
			.asByteArray();
	}

}
