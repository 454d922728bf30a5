package ai.doxle.imageorigin.store.s3;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;
import software.amazon.awssdk.http.nio.netty.SdkEventLoopGroup;

import ai.doxle.imageorigin.harness.FaultyS3;
import ai.doxle.imageorigin.harness.FaultyS3.Fault;
import ai.doxle.imageorigin.harness.LocalS3;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.runtime.ResourceScope;
import ai.doxle.imageorigin.store.StoreProperties;
import ai.doxle.imageorigin.store.StoreProperties.Client;
import ai.doxle.imageorigin.store.StoredImage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Bodies that are left before their end, at whatever moment: nothing of them stays. What
 * they have read ahead is in counted buffers, whose loss ends the tests.
 */
class S3ImageStoreIT {

	private static final ImageKey KEY = new ImageKey("a.png");

	private static final int TIMES = 30;

	private FaultyS3 s3;

	private final SdkEventLoopGroup loops = SdkEventLoopGroup.builder().numberOfThreads(1).build();

	private S3Buckets buckets;

	private S3ImageStore store;

	@BeforeEach
	void start() throws IOException {
		System.setProperty("aws.accessKeyId", LocalS3.ACCESS_KEY);
		System.setProperty("aws.secretAccessKey", LocalS3.SECRET_KEY);
		this.s3 = new FaultyS3(new byte[2_000_000]);
		URI endpoint = URI.create(this.s3.originProperties(0).getProperty("image-origin.store.buckets[0].endpoint"));
		StoreProperties.Bucket bucket = new StoreProperties.Bucket("bucket", "us-east-1", endpoint, true);
		this.buckets = new S3Buckets(new StoreProperties(List.of(bucket), Duration.ofSeconds(5), Duration.ofSeconds(5),
				Duration.ofSeconds(2), TIMES, null, TIMES, DataSize.ofKilobytes(32), Client.NETTY), this.loops);
		this.store = this.buckets.stores().values().iterator().next();
	}

	@AfterEach
	void stop() throws IOException {
		this.buckets.close();
		this.loops.eventLoopGroup().shutdownGracefully(0, 0, TimeUnit.SECONDS).syncUninterruptibly();
		this.s3.close();
	}

	@Test
	void nothingStaysOfABodyLeftInTheMiddle() {
		for (int pieces = 1; pieces <= TIMES; pieces++) {
			this.store.open(KEY).flatMapMany(StoredImage::body).take(pieces).blockLast();
		}
		nothingIsOpen();
	}

	@Test
	void nothingStaysOfABodyThatNobodyReads() {
		for (int i = 0; i < TIMES; i++) {
			opened().doOnNext(StoredImage::abandon).block();
		}
		nothingIsOpen();
	}

	@Test
	void nothingStaysOfABodyLeftAboutItsHead() throws InterruptedException {
		for (int i = 0; i < 10 * TIMES; i++) {
			ResourceScope scope = ResourceScope.ofResponse();
			Disposable reader = opened().contextWrite(scope::addTo).subscribe();
			Thread.sleep(Duration.ofNanos((i % TIMES) * 100_000L));
			reader.dispose();
			scope.dispose();
		}
		nothingIsOpen();
	}

	@Test
	void aBodyThatEndsEarlyFailsWithoutWaiting() {
		this.s3.failAlways(Fault.ENDS_SHORT);
		StepVerifier.create(opened().flatMapMany(StoredImage::body).then())
			.expectErrorSatisfies((failure) -> assertThat(failure).hasMessageContaining("1000000 bytes"))
			.verify();
	}

	private Mono<StoredImage> opened() {
		return this.store.open(KEY);
	}

	private void nothingIsOpen() {
		System.gc();
		await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
			assertThat(this.s3.openConnections()).isZero();
			assertThat(this.store.openBodies()).isZero();
		});
	}

}
