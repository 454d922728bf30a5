package ai.doxle.imageorigin.delivery.type;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

import ai.doxle.imageorigin.image.ByteSpan;
import ai.doxle.imageorigin.image.ETag;
import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSignature;
import ai.doxle.imageorigin.store.ImageStore;
import ai.doxle.imageorigin.store.StoredImage;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Bodies on their way from the store to one reader.
 */
class TypeCheckedStoreTests {

	private static final Duration TIMEOUT = Duration.ofSeconds(60);

	private static final int PIECES = 300_000;

	private static final ImageKey KEY = new ImageKey("projects/1/a.gif");

	private static final byte[] START = Arrays.copyOf("GIF89a".getBytes(StandardCharsets.US_ASCII),
			ImageSignature.LENGTH);

	/**
	 * A connection asks from its event loop while the store delivers on its own thread.
	 */
	@Test
	void passesEveryPieceToAReaderThatAsksFromAnotherThread() throws Exception {
		Scheduler loop = Schedulers.newSingle("loop");
		try {
			Flux<DataBuffer> body = Flux.range(0, PIECES)
				.map((index) -> (DataBuffer) DefaultDataBufferFactory.sharedInstance.wrap(START))
				.subscribeOn(Schedulers.parallel())
				.publishOn(Schedulers.parallel(), 4);
			Reader reader = new Reader(loop.createWorker());
			checked(body).open(KEY).flatMapMany(StoredImage::body).subscribe(reader);
			assertThat(reader.end.await(TIMEOUT.toSeconds(), TimeUnit.SECONDS)).isTrue();
			assertThat(reader.failure.get()).isNull();
			assertThat(reader.pieces).hasValue(PIECES);
		}
		finally {
			loop.dispose();
		}
	}

	@Test
	void checksByPiecesThatAreTooSmallAlone() {
		Flux<DataBuffer> body = Flux.range(0, START.length + 1)
			.map((index) -> DefaultDataBufferFactory.sharedInstance
				.wrap(new byte[] { (index < START.length) ? START[index] : 7 }));
		StoredImage image = checked(body).open(KEY).block(TIMEOUT);
		assertThat(image.body().map(DataBuffer::readableByteCount).collectList().block(TIMEOUT))
			.containsExactly(START.length, 1);
	}

	@Test
	void readsAPrologueToItsEnd() {
		String svg = "<!-- " + "licence ".repeat(1_000) + "--><svg/>";
		for (int size : new int[] { 7, 1_000, 8_192, 100_000 }) {
			StoredImage image = checked(pieces(svg, size)).open(KEY).block(TIMEOUT);
			assertThat(image.head().mediaType()).isEqualTo("image/svg+xml");
			assertThat(text(image)).isEqualTo(svg);
		}
	}

	@Test
	void readsNoFurtherThanItMust() {
		String endless = "<!-- " + "x".repeat(300_000);
		AtomicInteger taken = new AtomicInteger();
		Flux<DataBuffer> body = pieces(endless, 1_000).doOnNext((piece) -> taken.incrementAndGet());
		StepVerifier.create(checked(body).open(KEY)).expectError(ImageFailure.NotAnImage.class).verify(TIMEOUT);
		assertThat(taken.get() * 1_000).isBetween(ImageSignature.MAX_LENGTH, ImageSignature.MAX_LENGTH + 1_000);
	}

	@Test
	void checksNoRangeThatEndsWithinThePrologue() {
		String svg = "<!-- " + "licence ".repeat(1_000) + "--><svg/>";
		ImageHead head = new ImageHead(new ETag("one", false), Instant.EPOCH, svg.length(), "binary/octet-stream",
				null);
		TypeCheckedStore store = checked(pieces(svg.substring(0, 2_000), 1_000));
		StoredImage part = store.open(KEY, head, new ByteSpan(0, 1_999)).block(TIMEOUT);
		assertThat(part.head().mediaType()).isEqualTo("binary/octet-stream");
		assertThat(text(part)).isEqualTo(svg.substring(0, 2_000));
	}

	private static Flux<DataBuffer> pieces(String text, int size) {
		byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
		return Flux.range(0, (bytes.length + size - 1) / size)
			.map((index) -> DefaultDataBufferFactory.sharedInstance
				.wrap(Arrays.copyOfRange(bytes, index * size, Math.min((index + 1) * size, bytes.length))));
	}

	private static String text(StoredImage image) {
		return image.body()
			.map((piece) -> piece.toString(StandardCharsets.US_ASCII))
			.collect(Collectors.joining())
			.block(TIMEOUT);
	}

	private static TypeCheckedStore checked(Flux<DataBuffer> body) {
		return new TypeCheckedStore(new OneBody(body),
				new ImageTypes(new ImageTypeProperties(List.of("image/*"), true)));
	}

	/** A store with one image. */
	private record OneBody(Flux<DataBuffer> body) implements ImageStore {

		@Override
		public Mono<ImageHead> head(ImageKey key) {
			return Mono
				.just(new ImageHead(new ETag("one", false), Instant.EPOCH, 1_000_000, "binary/octet-stream", null));
		}

		@Override
		public Mono<StoredImage> open(ImageKey key) {
			return head(key).map((head) -> new StoredImage(head, this.body));
		}

		@Override
		public Mono<StoredImage> open(ImageKey key, ByteSpan span, ETag version) {
			return open(key);
		}

	}

	/** Asks for the next piece on its own thread when it has got one. */
	private static final class Reader extends BaseSubscriber<DataBuffer> {

		private final AtomicInteger pieces = new AtomicInteger();

		private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

		private final CountDownLatch end = new CountDownLatch(1);

		private final Scheduler.Worker loop;

		Reader(Scheduler.Worker loop) {
			this.loop = loop;
		}

		@Override
		protected void hookOnSubscribe(Subscription subscription) {
			subscription.request(1);
		}

		@Override
		protected void hookOnNext(DataBuffer piece) {
			this.pieces.incrementAndGet();
			this.loop.schedule(() -> request(1));
		}

		@Override
		protected void hookOnError(Throwable throwable) {
			this.failure.set(throwable);
			this.end.countDown();
		}

		@Override
		protected void hookOnComplete() {
			this.end.countDown();
		}

	}

}
