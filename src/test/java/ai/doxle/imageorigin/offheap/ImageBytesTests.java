package ai.doxle.imageorigin.offheap;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.ByteBuf;
import io.netty.channel.FileRegion;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.reactivestreams.Subscription;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.BaseSubscriber;
import reactor.test.StepVerifier;

import ai.doxle.imageorigin.image.ByteSpan;
import ai.doxle.imageorigin.offheap.ImageMemory.Use;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.fail;

class ImageBytesTests {

	private static final int PIECE = 32 * 1024;

	private static final Duration TIMEOUT = Duration.ofSeconds(30);

	private static final byte[] CONTENT = content(300_000);

	private final ImageMemory memory = new ImageMemory(1_000_000, 1_000_000, 1_000_000);

	@AfterEach
	void nothingIsLeftInMemory() {
		assertThat(this.memory.used()).isZero();
	}

	@Nested
	class WhenMemoryIsScarce {

		@Test
		void refusesWhatExceedsTheLimit() {
			ImageBytes most = memory.allocate(900_000);
			assertThat(memory.allocate(100_001)).isNull();
			ImageBytes rest = memory.allocate(100_000);
			assertThat(memory.used()).isEqualTo(1_000_000);
			assertThat(memory.allocate(1)).isNull();
			most.release();
			rest.release();
		}

		@Test
		void keepsTheMemoryWhileSomebodyReads() {
			ImageBytes bytes = filled();
			StepVerifier.create(bytes.read(ByteSpan.whole(CONTENT.length)), 0)
				.then(bytes::release)
				.then(() -> assertThat(memory.used()).isEqualTo(CONTENT.length))
				.thenRequest(Long.MAX_VALUE)
				.recordWith(ArrayList::new)
				.thenConsumeWhile((piece) -> piece.readableByteCount() <= PIECE)
				.consumeRecordedWith((pieces) -> assertThat(take(pieces)).isEqualTo(CONTENT))
				.expectComplete()
				.verify(TIMEOUT);
		}

		@Test
		void takesEvictedImagesFromTheirReadersWhenOthersNeedTheMemory() {
			ImageMemory scarce = new ImageMemory(0, 1_000_000, 100_000);
			ImageBytes bytes = scarce.allocate(CONTENT.length);
			append(bytes, 0, CONTENT.length);
			StepVerifier.create(bytes.read(ByteSpan.whole(CONTENT.length)), 0)
				.thenRequest(2)
				.consumeNextWith((piece) -> assertThat(take(piece)).hasSize(PIECE))
				.consumeNextWith((piece) -> assertThat(take(piece)).hasSize(PIECE))
				.then(bytes::endLoad)
				.then(() -> assertThat(scarce.used()).isZero())
				.then(() -> assertThat(scarce.reclaimed()).isOne())
				.expectNoEvent(Duration.ofMillis(1))
				.thenRequest(1)
				.expectErrorSatisfies((failure) -> assertThat(failure).isInstanceOf(EvictedImageException.class)
					.extracting("position")
					.isEqualTo(2L * PIECE))
				.verify(TIMEOUT);
		}

		@Test
		void getsConnectionsToLetGoOfWhatTheyHaveNotTaken() {
			ImageMemory scarce = new ImageMemory(0, 1_000_000, 100_000);
			ImageBytes bytes = scarce.allocate(CONTENT.length);
			append(bytes, 0, 10);
			ByteBuf unsent = bytes.slice(new ByteSpan(0, 9));
			bytes.onReclaim(unsent::release);
			bytes.onReclaim(() -> fail("it has let go before")).dispose();
			bytes.endLoad();
			assertThat(scarce.used()).isZero();
		}

		@Test
		void takesTheLongestEvictedFirst() {
			ImageMemory scarce = new ImageMemory(1_000_000, 1_000_000, 150_000);
			List<ByteBuf> unsent = new ArrayList<>();
			List<Integer> reclaimed = new ArrayList<>();
			for (int i = 0; i < 3; i++) {
				int index = i;
				ImageBytes bytes = scarce.allocate(60_000);
				append(bytes, 0, 10);
				ByteBuf slice = bytes.slice(new ByteSpan(0, 9));
				unsent.add(slice);
				bytes.cache();
				bytes.endLoad();
				assertThat(scarce.used(Use.CACHED)).isEqualTo(60_000);
				bytes.onReclaim(() -> {
					reclaimed.add(index);
					slice.release();
				});
				bytes.evict();
			}
			assertThat(reclaimed).containsExactly(0);
			assertThat(scarce.used(Use.EVICTED)).isEqualTo(120_000);
			unsent.subList(1, 3).forEach(ByteBuf::release);
			assertThat(scarce.used()).isZero();
		}

	}

	@Nested
	class Files {

		@Test
		@EnabledOnOs(OS.LINUX)
		void givesPiecesOfAFile() throws IOException {
			ImageBytes bytes = filled();
			List<FileRegion> regions = bytes.regions(new ByteSpan(10, CONTENT.length - 11));
			assertThat(regions).extracting(FileRegion::count).containsExactly(131_072L, 131_072L, 37_836L);
			bytes.release();
			assertThat(memory.used()).isEqualTo(CONTENT.length);
			assertThat(sent(regions)).isEqualTo(Arrays.copyOfRange(CONTENT, 10, CONTENT.length - 10));
			assertThat(memory.used()).isZero();
		}

		@Test
		@EnabledOnOs(OS.LINUX)
		void givesNoFileForAFewBytesNorOnceFreed() {
			ImageBytes bytes = filled();
			assertThat(bytes.regions(new ByteSpan(0, 32_766))).isEmpty();
			ImageBytes small = memory.allocate(32_767);
			append(small, 0, 32_767);
			assertThat(small.regions(ByteSpan.whole(32_767))).isEmpty();
			small.release();
			bytes.release();
			assertThat(bytes.regions(ByteSpan.whole(CONTENT.length))).isEmpty();
		}

		/** What has been handed to a connection is sent from the pages as they were. */
		@Test
		@EnabledOnOs(OS.LINUX)
		void keepsWhatAConnectionIsSendingAlthoughTheImageIsFreed() throws Exception {
			try (ServerSocketChannel server = ServerSocketChannel.open().bind(new InetSocketAddress("127.0.0.1", 0));
					SocketChannel connection = SocketChannel.open(server.getLocalAddress());
					SocketChannel client = server.accept()) {
				connection.setOption(StandardSocketOptions.SO_SNDBUF, 1_000_000);
				ImageBytes bytes = filled();
				List<FileRegion> regions = bytes.regions(ByteSpan.whole(CONTENT.length));
				bytes.release();
				long sent = regions.getFirst().transferTo(connection, 0);
				regions.forEach(FileRegion::release);
				assertThat(memory.used()).isZero();
				fillMemory();
				ByteBuffer received = ByteBuffer.allocate((int) sent);
				while (received.hasRemaining()) {
					assertThat(client.read(received)).isPositive();
				}
				assertThat(sent).isPositive();
				assertThat(received.array()).isEqualTo(Arrays.copyOf(CONTENT, (int) sent));
			}
		}

	}

	@Nested
	class Readers {

		@Test
		void losesNothingToASubscriberThatThrows() {
			ImageBytes bytes = filled();
			assertThatIllegalStateException()
				.isThrownBy(() -> bytes.read(ByteSpan.whole(CONTENT.length)).subscribe(new ThrowingReader(true)));
			ThrowingReader later = new ThrowingReader(false);
			bytes.read(ByteSpan.whole(CONTENT.length)).subscribe(later);
			assertThat(later.failure).hasMessage("thrown by a reader");
			bytes.release();
			assertThat(memory.used()).isZero();
		}

		@Test
		void freesTheMemoryWhenAReaderLeaves() {
			ImageBytes bytes = filled();
			StepVerifier.create(bytes.read(ByteSpan.whole(CONTENT.length)), 0)
				.then(bytes::release)
				.thenCancel()
				.verify(TIMEOUT);
		}

		@Test
		void refusesReadersOnceFreed() {
			ImageBytes bytes = filled();
			bytes.release();
			StepVerifier.create(bytes.read(new ByteSpan(0, 9)))
				.expectError(EvictedImageException.class)
				.verify(TIMEOUT);
			assertThat(bytes.slice(new ByteSpan(0, 9))).isNull();
		}

		@Test
		void givesSlicesThatOutliveIt() {
			ImageBytes bytes = filled();
			ByteBuf slice = bytes.slice(new ByteSpan(10, 19));
			assertThat(slice).isNotNull();
			bytes.release();
			byte[] read = new byte[10];
			slice.readBytes(read);
			slice.release();
			assertThat(read).isEqualTo(Arrays.copyOfRange(CONTENT, 10, 20));
		}

	}

	@Nested
	class WhileItIsFilled {

		@Test
		void passesTheFirstBytesOnAtOnce() {
			ImageBytes bytes = memory.allocate(CONTENT.length);
			StepVerifier.create(bytes.read(ByteSpan.whole(CONTENT.length)))
				.then(() -> append(bytes, 0, 100))
				.consumeNextWith((piece) -> assertThat(take(piece)).hasSize(100))
				.then(() -> append(bytes, 100, 1000))
				.then(() -> append(bytes, 1000, CONTENT.length))
				.recordWith(ArrayList::new)
				.thenConsumeWhile((piece) -> piece.readableByteCount() <= PIECE)
				.consumeRecordedWith((pieces) -> assertThat(take(pieces)).hasSize(CONTENT.length - 100))
				.expectComplete()
				.verify(TIMEOUT);
			bytes.release();
		}

		@Test
		void tellsReadersOfAFailureBehindTheBytesThatCame() {
			ImageBytes bytes = memory.allocate(CONTENT.length);
			append(bytes, 0, 100);
			append(bytes, 100, 150);
			StepVerifier.create(bytes.read(new ByteSpan(50, 299)))
				.consumeNextWith((piece) -> assertThat(take(piece)).hasSize(100))
				.then(() -> append(bytes, 150, 160))
				.then(() -> bytes.fail(new IllegalStateException("broken")))
				.consumeNextWith((piece) -> assertThat(take(piece)).hasSize(10))
				.expectErrorMessage("broken")
				.verify(TIMEOUT);
			bytes.release();
		}

		@Test
		void refusesMoreBytesThanTheImageHas() {
			ImageBytes bytes = memory.allocate(10);
			assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> append(bytes, 0, 11));
			bytes.release();
		}

		@Test
		void handlesImagesWithoutBytes() {
			ImageBytes bytes = memory.allocate(0);
			assertThat(bytes.isComplete()).isTrue();
			StepVerifier.create(bytes.read(ByteSpan.whole(0))).expectComplete().verify(TIMEOUT);
			bytes.release();
		}

		@Test
		void servesManyReadersOfDifferentPacesWhileItFills() throws InterruptedException {
			for (int round = 0; round < 20; round++) {
				ImageBytes bytes = memory.allocate(CONTENT.length);
				List<SlowReader> readers = new ArrayList<>();
				CountDownLatch done = new CountDownLatch(16);
				for (int i = 0; i < 16; i++) {
					SlowReader reader = new SlowReader(done);
					readers.add(reader);
					Thread.ofVirtual().start(() -> bytes.read(ByteSpan.whole(CONTENT.length)).subscribe(reader));
				}
				for (int from = 0; from < CONTENT.length; from += 7_000) {
					append(bytes, from, Math.min(from + 7_000, CONTENT.length));
				}
				assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
				readers.forEach((reader) -> assertThat(reader.received.toByteArray()).isEqualTo(CONTENT));
				bytes.release();
				assertThat(memory.used()).isZero();
			}
		}

	}

	private void fillMemory() {
		List<ImageBytes> others = new ArrayList<>();
		for (int i = 0; i < 10; i++) {
			ImageBytes other = this.memory.allocate(100_000);
			other.append(DefaultDataBufferFactory.sharedInstance.wrap(new byte[100_000]));
			others.add(other);
		}
		others.forEach(ImageBytes::release);
	}

	private static byte[] sent(List<FileRegion> regions) throws IOException {
		ByteArrayOutputStream sent = new ByteArrayOutputStream();
		for (FileRegion region : regions) {
			region.transferTo(Channels.newChannel(sent), 0);
			region.release();
		}
		return sent.toByteArray();
	}

	private ImageBytes filled() {
		ImageBytes bytes = this.memory.allocate(CONTENT.length);
		append(bytes, 0, CONTENT.length);
		return bytes;
	}

	private static void append(ImageBytes bytes, int from, int to) {
		bytes.append(DefaultDataBufferFactory.sharedInstance.wrap(Arrays.copyOfRange(CONTENT, from, to)));
	}

	private static byte[] take(Collection<DataBuffer> pieces) {
		ByteArrayOutputStream bytes = new ByteArrayOutputStream();
		pieces.forEach((piece) -> bytes.writeBytes(take(piece)));
		return bytes.toByteArray();
	}

	private static byte[] take(DataBuffer piece) {
		byte[] bytes = new byte[piece.readableByteCount()];
		piece.read(bytes);
		DataBufferUtils.release(piece);
		return bytes;
	}

	private static byte[] content(int length) {
		byte[] content = new byte[length];
		new Random(7).nextBytes(content);
		return content;
	}

	/** Asks for the next piece only after a while, on another thread. */
	private static final class SlowReader extends BaseSubscriber<DataBuffer> {

		private final ByteArrayOutputStream received = new ByteArrayOutputStream();

		private final CountDownLatch done;

		SlowReader(CountDownLatch done) {
			this.done = done;
		}

		@Override
		protected void hookOnSubscribe(Subscription subscription) {
			request(1);
		}

		@Override
		protected void hookOnNext(DataBuffer piece) {
			this.received.writeBytes(take(piece));
			Thread.ofVirtual().start(() -> request(1));
		}

		@Override
		protected void hookOnComplete() {
			this.done.countDown();
		}

	}

	/** One that breaks the rules of Reactive Streams. */
	private static final class ThrowingReader implements CoreSubscriber<DataBuffer> {

		private final boolean atOnce;

		private @Nullable Throwable failure;

		ThrowingReader(boolean atOnce) {
			this.atOnce = atOnce;
		}

		@Override
		public void onSubscribe(Subscription subscription) {
			if (this.atOnce) {
				throw new IllegalStateException("thrown by a reader");
			}
			subscription.request(1);
		}

		@Override
		public void onNext(DataBuffer piece) {
			DataBufferUtils.release(piece);
			throw new IllegalStateException("thrown by a reader");
		}

		@Override
		public void onError(Throwable failure) {
			this.failure = failure;
		}

		@Override
		public void onComplete() {
			// never
		}

	}

}
