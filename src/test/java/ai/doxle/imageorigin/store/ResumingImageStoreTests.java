package ai.doxle.imageorigin.store;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

import ai.doxle.imageorigin.image.ByteSpan;
import ai.doxle.imageorigin.image.ETag;
import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;

import static org.assertj.core.api.Assertions.assertThat;

class ResumingImageStoreTests {

	private static final Duration TIMEOUT = Duration.ofSeconds(10);

	private static final String CONTENT = "0123456789";

	private final ImageFailure broken = new ImageFailure.Unavailable("broken", null);

	private final BreakingStore breaking = new BreakingStore();

	private final ImageStore store = new ResumingImageStore(this.breaking);

	@Test
	void leavesWholeBodiesAlone() {
		expectBody(this.store.open(StubStore.KEY), CONTENT);
		assertThat(this.breaking.opened).containsExactly("whole");
	}

	@Test
	void resumesWithTheRest() {
		this.breaking.breaksAfter(4, this.broken);
		expectBody(this.store.open(StubStore.KEY), CONTENT);
		assertThat(this.breaking.opened).containsExactly("whole", "4-9 of \"v1\"");
	}

	@Test
	void resumesBeforeTheFirstByte() {
		this.breaking.breaksAfter(0, this.broken);
		expectBody(this.store.open(StubStore.KEY), CONTENT);
		assertThat(this.breaking.opened).containsExactly("whole", "0-9 of \"v1\"");
	}

	@Test
	void resumesSpansWithinThem() {
		this.breaking.breaksAfter(2, this.broken);
		expectBody(this.store.open(StubStore.KEY, new ByteSpan(3, 7), BreakingStore.VERSION), "34567");
		assertThat(this.breaking.opened).containsExactly("3-7 of \"v1\"", "5-7 of \"v1\"");
	}

	@Test
	void resumesThreeTimes() {
		this.breaking.breaksAfter(1, this.broken);
		this.breaking.breaksAfter(2, this.broken);
		this.breaking.breaksAfter(0, this.broken);
		expectBody(this.store.open(StubStore.KEY), CONTENT);
		assertThat(this.breaking.opened).containsExactly("whole", "1-9 of \"v1\"", "3-9 of \"v1\"", "3-9 of \"v1\"");
	}

	@Test
	void failsTheFourthTime() {
		for (int i = 0; i < 4; i++) {
			this.breaking.breaksAfter(1, this.broken);
		}
		expectFailure("0123", this.broken);
		assertThat(this.breaking.opened).hasSize(4);
	}

	@Test
	void failsIfTheVersionIsGone() {
		ImageFailure changed = new ImageFailure.Changed("changed");
		this.breaking.breaksAfter(4, changed);
		expectFailure("0123", changed);
		assertThat(this.breaking.opened).containsExactly("whole");
	}

	@Test
	void failsIfTheImageIsDeletedMeanwhile() {
		this.breaking.breaksAfter(4, this.broken);
		this.breaking.deleted = true;
		StepVerifier.create(body(this.store.open(StubStore.KEY)))
			.expectNext("0123")
			.expectError(ImageFailure.Changed.class)
			.verify(TIMEOUT);
	}

	@Test
	void completesIfItBreaksAfterTheLastByte() {
		this.breaking.breaksAfter(10, this.broken);
		expectBody(this.store.open(StubStore.KEY), CONTENT);
		assertThat(this.breaking.opened).containsExactly("whole");
	}

	private static void expectBody(Mono<StoredImage> image, String content) {
		StepVerifier.create(body(image).collectList().map((pieces) -> String.join("", pieces)))
			.expectNext(content)
			.expectComplete()
			.verify(TIMEOUT);
	}

	private void expectFailure(String content, ImageFailure failure) {
		StringBuilder received = new StringBuilder();
		StepVerifier.create(body(this.store.open(StubStore.KEY)).doOnNext(received::append).then())
			.expectErrorSatisfies((error) -> assertThat(error).isSameAs(failure))
			.verify(TIMEOUT);
		assertThat(received).hasToString(content);
	}

	private static Flux<String> body(Mono<StoredImage> image) {
		return image.flatMapMany(StoredImage::body).map((piece) -> piece.toString(StandardCharsets.US_ASCII));
	}

	/** Breaks off the bodies that it opens, in the order that was set. */
	private static final class BreakingStore implements ImageStore {

		static final ETag VERSION = new ETag("v1", false);

		private static final ImageHead HEAD = new ImageHead(VERSION, Instant.EPOCH, CONTENT.length(), "image/jpeg",
				null);

		private final List<String> opened = new ArrayList<>();

		private final Deque<Break> breaks = new ArrayDeque<>();

		private boolean deleted;

		void breaksAfter(int count, ImageFailure failure) {
			this.breaks.add(new Break(count, failure));
		}

		@Override
		public Mono<ImageHead> head(ImageKey key) {
			return Mono.just(HEAD);
		}

		@Override
		public Mono<StoredImage> open(ImageKey key) {
			return open("whole", ByteSpan.whole(CONTENT.length()));
		}

		@Override
		public Mono<StoredImage> open(ImageKey key, ByteSpan span, ETag version) {
			return this.deleted ? Mono.empty() : open(span + " of " + version, span);
		}

		private Mono<StoredImage> open(String what, ByteSpan span) {
			return Mono.fromSupplier(() -> {
				this.opened.add(what);
				return new StoredImage(HEAD, body(span, this.breaks.poll()));
			});
		}

		private static Flux<DataBuffer> body(ByteSpan span, Break end) {
			byte[] bytes = Arrays.copyOfRange(CONTENT.getBytes(StandardCharsets.US_ASCII), (int) span.first(),
					(int) span.last() + 1);
			if (end == null) {
				return pieces(bytes);
			}
			return pieces(Arrays.copyOf(bytes, end.count())).concatWith(Mono.error(end.failure()));
		}

		private static Flux<DataBuffer> pieces(byte[] bytes) {
			return (bytes.length > 0) ? Flux.just(DefaultDataBufferFactory.sharedInstance.wrap(bytes)) : Flux.empty();
		}

	}

	private record Break(int count, ImageFailure failure) {

	}

}
