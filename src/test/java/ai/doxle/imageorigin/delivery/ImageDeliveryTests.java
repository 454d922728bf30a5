package ai.doxle.imageorigin.delivery;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.util.unit.DataSize;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

import ai.doxle.imageorigin.cache.NoRegionalCache;
import ai.doxle.imageorigin.cache.memory.MemoryCacheProperties;
import ai.doxle.imageorigin.cache.memory.MemoryImageCache;
import ai.doxle.imageorigin.delivery.load.CacheTiers;
import ai.doxle.imageorigin.delivery.lookup.DeliveryObserver;
import ai.doxle.imageorigin.delivery.lookup.LookupResult;
import ai.doxle.imageorigin.delivery.lookup.LookupTrail;
import ai.doxle.imageorigin.delivery.type.ImageTypeProperties;
import ai.doxle.imageorigin.delivery.type.ImageTypes;
import ai.doxle.imageorigin.delivery.type.TypeCheckedStore;
import ai.doxle.imageorigin.image.ByteSpan;
import ai.doxle.imageorigin.image.ETag;
import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.offheap.ImageMemory;
import ai.doxle.imageorigin.runtime.ResourceScope;
import ai.doxle.imageorigin.store.ImageStore;
import ai.doxle.imageorigin.store.StoredImage;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Without tiers: every image passes through.
 */
class ImageDeliveryTests {

	private static final Duration TIMEOUT = Duration.ofSeconds(10);

	private static final ImageKey KEY = new ImageKey("a");

	private static final byte[] PNG = sample("floor.png");

	private static final byte[] HTML = "<!DOCTYPE html>".repeat(200).getBytes(StandardCharsets.US_ASCII);

	@ParameterizedTest
	@ValueSource(ints = { 1, 100, 1023, 1024, 1025, 10_000, 1_000_000 })
	void deliversByteForByteWhateverThePieces(int size) {
		ImageDelivery delivery = delivery(new PiecewiseStore("image/png", PNG, size));
		expectBytes(delivery.open(KEY), PNG);
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 3, 100 })
	void deliversSmallImages(int size) {
		byte[] gif = "GIF89a".getBytes(StandardCharsets.US_ASCII);
		expectBytes(delivery(new PiecewiseStore("image/gif", gif, size)).open(KEY), gif);
	}

	@Test
	void deliversEmptyImages() {
		expectBytes(delivery(new PiecewiseStore("image/png", new byte[0], 1)).open(KEY), new byte[0]);
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 1_000_000 })
	void findsUndeclaredTypeAndRemembersIt(int size) {
		ImageDelivery delivery = delivery(new PiecewiseStore("binary/octet-stream", PNG, size));
		StepVerifier.create(delivery.head(KEY).mapNotNull(LookupResult::value).map(ImageHead::mediaType))
			.expectNext("binary/octet-stream")
			.expectComplete()
			.verify(TIMEOUT);
		StepVerifier
			.create(delivery.open(KEY)
				.mapNotNull(LookupResult::value)
				.flatMap((image) -> image.body().then(Mono.just(image.head().mediaType()))))
			.expectNext("image/png")
			.expectComplete()
			.verify(TIMEOUT);
		StepVerifier.create(delivery.head(KEY).mapNotNull(LookupResult::value).map(ImageHead::mediaType))
			.expectNext("image/png")
			.expectComplete()
			.verify(TIMEOUT);
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 1500, 1_000_000 })
	void deniesImpostorsAndCancelsTheirBodies(int size) {
		PiecewiseStore store = new PiecewiseStore("image/png", HTML, size);
		store.endless = true;
		ImageDelivery delivery = delivery(store);
		StepVerifier.create(delivery.open(KEY))
			.expectNextMatches(LookupResult.NotAnImage.class::isInstance)
			.expectComplete()
			.verify(TIMEOUT);
		assertThat(store.cancelled).isTrue();
		StepVerifier.create(delivery.head(KEY))
			.expectNextMatches(LookupResult.NotAnImage.class::isInstance)
			.expectComplete()
			.verify(TIMEOUT);
	}

	@Test
	void deniesImpostorsThatEndAtOnce() {
		byte[] html = "<html>".getBytes(StandardCharsets.US_ASCII);
		StepVerifier.create(delivery(new PiecewiseStore("image/png", html, 1)).open(KEY))
			.expectNextMatches(LookupResult.NotAnImage.class::isInstance)
			.expectComplete()
			.verify(TIMEOUT);
	}

	@Test
	void findsNothingIfTheImageIsAbsent() {
		PiecewiseStore store = new PiecewiseStore("image/png", PNG, 100);
		store.absent = true;
		ImageDelivery delivery = delivery(store);
		expectAbsent(delivery.head(KEY));
		expectAbsent(delivery.open(KEY));
		expectAbsent(delivery.open(KEY, store.head(), new ByteSpan(0, 9), LookupTrail.EMPTY));
	}

	@Test
	void failsBeforeTheHeadIfTheBodyBreaksAtOnce() {
		PiecewiseStore store = new PiecewiseStore("image/png", new byte[0], 100);
		store.broken = true;
		StepVerifier.create(delivery(store).open(KEY)).expectError(ImageFailure.Unavailable.class).verify(TIMEOUT);
	}

	@Test
	void failsBehindTheBytesThatCame() {
		PiecewiseStore store = new PiecewiseStore("image/png", PNG, 10_000);
		store.broken = true;
		AtomicInteger received = new AtomicInteger();
		StepVerifier
			.create(delivery(store).open(KEY)
				.mapNotNull(LookupResult::value)
				.flatMapMany(DeliveredImage::body)
				.doOnNext((piece) -> received.addAndGet(piece.readableByteCount()))
				.then())
			.expectError(ImageFailure.Unavailable.class)
			.verify(TIMEOUT);
		assertThat(received).hasValue(PNG.length);
	}

	@Test
	void followsDemand() {
		PiecewiseStore store = new PiecewiseStore("image/png", PNG, 100);
		DeliveredImage image = delivery(store).open(KEY).mapNotNull(LookupResult::value).block(TIMEOUT);
		assertThat(store.given).hasValue(11);
		StepVerifier.create(image.body(), 0)
			.thenRequest(1)
			.consumeNextWith((piece) -> assertThat(piece.readableByteCount()).isEqualTo(1100))
			.then(() -> assertThat(store.given.get()).isLessThanOrEqualTo(12))
			.thenRequest(1)
			.consumeNextWith((piece) -> assertThat(piece.readableByteCount()).isEqualTo(100))
			.then(() -> assertThat(store.given.get()).isLessThanOrEqualTo(13))
			.thenRequest(3)
			.expectNextCount(3)
			.then(() -> assertThat(store.given.get()).isLessThanOrEqualTo(16))
			.thenCancel()
			.verify(TIMEOUT);
		assertThat(store.cancelled).isTrue();
	}

	@Test
	void cancelsTheStoreIfTheReaderLeavesBeforeTheHead() {
		Sinks.One<StoredImage> head = Sinks.one();
		PiecewiseStore store = new PiecewiseStore("image/png", PNG, 100_000);
		store.opened = head.asMono();
		store.endless = true;
		ResourceScope scope = ResourceScope.ofResponse();
		delivery(store).open(KEY).contextWrite(scope::addTo).subscribe().dispose();
		scope.dispose();
		head.tryEmitValue(new StoredImage(store.head(), store.body(PNG)));
		assertThat(store.cancelled).isTrue();
	}

	@Test
	void opensAgainWhatMustNotWaitForItsReader() {
		PiecewiseStore store = new PiecewiseStore("image/png", PNG, 100);
		store.opened = Mono.just(new StoredImage(store.head(), store.body(PNG)).forMemory());
		expectBytes(delivery(store).open(KEY), PNG);
		assertThat(store.cancelled).isTrue();
	}

	@Test
	void deliversSpans() {
		PiecewiseStore store = new PiecewiseStore("image/png", PNG, 7);
		ImageDelivery delivery = delivery(store);
		expectBytes(delivery.open(KEY, store.head(), new ByteSpan(0, 2999), LookupTrail.EMPTY),
				Arrays.copyOf(PNG, 3000));
		expectBytes(delivery.open(KEY, store.head(), new ByteSpan(0, 0), LookupTrail.EMPTY), Arrays.copyOf(PNG, 1));
		expectBytes(delivery.open(KEY, store.head(), new ByteSpan(5000, 8999), LookupTrail.EMPTY),
				Arrays.copyOfRange(PNG, 5000, 9000));
	}

	@Test
	void checksSpansThatShowTheType() {
		PiecewiseStore store = new PiecewiseStore("image/png", HTML, 100);
		StepVerifier.create(delivery(store).open(KEY, store.head(), new ByteSpan(0, 1023), LookupTrail.EMPTY))
			.expectNextMatches(LookupResult.NotAnImage.class::isInstance)
			.expectComplete()
			.verify(TIMEOUT);
		expectBytes(delivery(store).open(KEY, store.head(), new ByteSpan(0, 9), LookupTrail.EMPTY),
				Arrays.copyOf(HTML, 10));
	}

	private static ImageDelivery delivery(ImageStore store) {
		CacheTiers tiers = new CacheTiers(
				new MemoryImageCache(new MemoryCacheProperties(DataSize.ofBytes(0), DataSize.ofBytes(0))),
				new NoRegionalCache(), new ImageMemory(0, 0, 0), Duration.ZERO);
		return new ImageDelivery(
				new TypeCheckedStore(store, new ImageTypes(new ImageTypeProperties(List.of("image/*"), true))), tiers,
				DeliveryObserver.NONE);
	}

	private static void expectAbsent(Mono<? extends LookupResult<?>> finding) {
		StepVerifier.create(finding)
			.assertNext((found) -> assertThat(found.value()).isNull())
			.expectComplete()
			.verify(TIMEOUT);
	}

	private static void expectBytes(Mono<LookupResult<DeliveredImage>> image, byte[] expected) {
		Mono<byte[]> bytes = image.mapNotNull(LookupResult::value)
			.flatMap((delivered) -> DataBufferUtils.join(delivered.body())
				.map(ImageDeliveryTests::bytes)
				.defaultIfEmpty(new byte[0]));
		StepVerifier.create(bytes)
			.assertNext((actual) -> assertThat(actual).isEqualTo(expected))
			.expectComplete()
			.verify(TIMEOUT);
	}

	private static byte[] bytes(DataBuffer buffer) {
		byte[] bytes = new byte[buffer.readableByteCount()];
		buffer.read(bytes);
		return bytes;
	}

	private static byte[] sample(String name) {
		try {
			return Files.readAllBytes(Path.of("src/test/resources/samples", name));
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/** One image, given in pieces of one size, each only when it is asked for. */
	private static final class PiecewiseStore implements ImageStore {

		private final AtomicInteger given = new AtomicInteger();

		private final AtomicBoolean cancelled = new AtomicBoolean();

		private final String type;

		private final byte[] bytes;

		private final int size;

		private Mono<StoredImage> opened = Mono.empty();

		private boolean absent;

		private boolean endless;

		private boolean broken;

		PiecewiseStore(String type, byte[] bytes, int size) {
			this.type = type;
			this.bytes = bytes;
			this.size = size;
		}

		ImageHead head() {
			return new ImageHead(new ETag("1", false), Instant.EPOCH, this.bytes.length, this.type, null);
		}

		@Override
		public Mono<ImageHead> head(ImageKey key) {
			return this.absent ? Mono.empty() : Mono.just(head());
		}

		@Override
		public Mono<StoredImage> open(ImageKey key) {
			return this.opened.switchIfEmpty(Mono.defer(() -> open(this.bytes)));
		}

		@Override
		public Mono<StoredImage> open(ImageKey key, ByteSpan span, ETag version) {
			return open(Arrays.copyOfRange(this.bytes, (int) span.first(), (int) span.last() + 1));
		}

		private Mono<StoredImage> open(byte[] content) {
			return this.absent ? Mono.empty() : Mono.just(new StoredImage(head(), body(content)));
		}

		private Flux<DataBuffer> body(byte[] content) {
			int count = (content.length + this.size - 1) / this.size;
			Flux<DataBuffer> pieces = Flux.range(0, count)
				.<DataBuffer>map((index) -> piece(content, index))
				.doOnNext((piece) -> this.given.incrementAndGet());
			return pieces.concatWith(end()).doOnCancel(() -> this.cancelled.set(true));
		}

		private Flux<DataBuffer> end() {
			if (this.broken) {
				return Flux.error(new ImageFailure.Unavailable("broken", null));
			}
			return this.endless ? Flux.never() : Flux.empty();
		}

		private DataBuffer piece(byte[] content, int index) {
			int from = index * this.size;
			return DefaultDataBufferFactory.sharedInstance
				.wrap(Arrays.copyOfRange(content, from, Math.min(content.length, from + this.size)));
		}

	}

}
