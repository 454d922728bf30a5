package ai.doxle.imageorigin.cache.redis;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import reactor.test.StepVerifier;

import ai.doxle.imageorigin.cache.BrokenImageException;
import ai.doxle.imageorigin.cache.RegionalAnswer.Granted;
import ai.doxle.imageorigin.cache.RegionalAnswer.Held;
import ai.doxle.imageorigin.cache.RegionalAnswer.KnownAbsent;
import ai.doxle.imageorigin.cache.RegionalAnswer.Loading;
import ai.doxle.imageorigin.cache.RegionalLease;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.offheap.ImageBytes;

import static ai.doxle.imageorigin.cache.redis.RegionInstance.PATIENCE;
import static ai.doxle.imageorigin.cache.redis.RegionInstance.await;
import static ai.doxle.imageorigin.cache.redis.RegionInstance.buffer;
import static ai.doxle.imageorigin.cache.redis.RegionInstance.head;
import static ai.doxle.imageorigin.cache.redis.RegionInstance.image;
import static org.assertj.core.api.Assertions.assertThat;

class RedisCacheIT extends TwoInstances {

	private static final ImageKey KEY = new ImageKey("projects/123/blocks/456/img.jpg");

	/** Three full chunks and a short one. */
	private static final int LARGE = 3 * ImageChunk.SIZE + 12_345;

	@Nested
	class StoredImages {

		@ParameterizedTest
		@ValueSource(ints = { 0, 1, ImageChunk.SIZE - 1, ImageChunk.SIZE, ImageChunk.SIZE + 1, LARGE, 8 * 1024 * 1024 })
		void returnsWhatWasStored(int length) {
			byte[] bytes = image(length, length);
			ImageHead head = head(bytes, "v1");
			one.load(KEY, head, bytes);
			for (RegionInstance instance : List.of(one, two)) {
				Held held = (Held) instance.claim(KEY);
				assertThat(held.head()).isEqualTo(head);
				assertThat(RegionInstance.bytes(held)).isEqualTo(bytes);
				assertThat(instance.look(KEY)).isEqualTo(head);
			}
			assertThat(one.memory().used()).isZero();
		}

		@Test
		void readsASmallImageInOneRoundTrip() {
			byte[] bytes = image(100 * 1024, 1);
			one.load(KEY, head(bytes, "v1"), bytes);
			raw.commands().configResetstat();
			assertThat(two.held(KEY)).isEqualTo(bytes);
			assertThat(raw.calls()).contains("evalsha=1 ").contains("get=2 ");
		}

		@Test
		void looksWithoutMovingTheImage() {
			byte[] bytes = image(LARGE, 1);
			ImageHead head = head(bytes, "v1");
			one.load(KEY, head, bytes);
			long before = raw.sent();
			assertThat(two.look(KEY)).isEqualTo(head);
			long looked = raw.sent() - before;
			System.out.printf("bytes that Redis sends for a look: %d%n", looked);
			assertThat(looked).isLessThan(ImageChunk.SIZE / 4);
			Held held = (Held) two.cache().look(KEY).block(PATIENCE);
			assertThat(RegionInstance.bytes(held)).isEqualTo(bytes);
		}

		@Test
		void looksForAnImageWithoutItsFirstChunk() {
			byte[] bytes = image(LARGE, 1);
			one.load(KEY, head(bytes, "v1"), bytes);
			raw.commands().del(text(new ImageKeys(KEY).first()));
			assertThat(two.look(KEY)).isNull();
			assertThat(raw.keys("*head")).isEmpty();
			await(() -> raw.keys("chunk:*").isEmpty());
		}

		@Test
		void aDamagedFirstChunkThatWasLookedAtBreaksTheBody() {
			byte[] bytes = image(LARGE, 1);
			one.load(KEY, head(bytes, "v1"), bytes);
			Held held = (Held) two.cache().look(KEY).block(PATIENCE);
			String key = text(new ImageKeys(KEY).first());
			byte[] chunk = raw.commands().get(key);
			chunk[1000] ^= 1;
			raw.commands().set(key, chunk);
			List<Throwable> failures = new ArrayList<>();
			assertThat(RegionInstance.prefix(held, failures)).isEmpty();
			assertThat(failures).hasOnlyElementsOfType(BrokenImageException.class).hasSize(1);
			assertThat(raw.keys("*head")).isEmpty();
		}

		@Test
		void chunksOutliveTheirHead() {
			byte[] bytes = image(LARGE, 1);
			one.load(KEY, head(bytes, "v1"), bytes);
			assertThat(chunkKeys()).hasSize(4)
				.allSatisfy((key) -> assertThat(raw.commands().pttl(key)).as(key)
					.isGreaterThan(raw.commands().pttl(headKey())));
		}

		@Test
		void chunksOfALoadExpireInMinutes() {
			byte[] bytes = image(LARGE, 1);
			ImageBytes filling = one.allocate(bytes.length);
			filling.append(buffer(Arrays.copyOf(bytes, 3 * ImageChunk.SIZE)));
			RegionalLease lease = one.granted(KEY);
			Disposable loading = lease.keep(head(bytes, "v1"), filling).subscribe();
			await(() -> chunkKeys().size() == 3);
			assertThat(chunkKeys()).allSatisfy((key) -> assertThat(raw.commands().pttl(key)).as(key)
				.isBetween(1L, RedisLease.UNCOMMITTED.toMillis()));
			filling.append(buffer(Arrays.copyOfRange(bytes, 3 * ImageChunk.SIZE, LARGE)));
			await(loading::isDisposed);
			filling.release();
			assertThat(two.held(KEY)).isEqualTo(bytes);
		}

		@ParameterizedTest
		@ValueSource(ints = { 0, 1, 2 })
		void aLoadWhoseChunkIsGoneIsNotCommitted(int index) {
			byte[] bytes = image(LARGE, 1);
			ImageBytes filling = one.allocate(bytes.length);
			filling.append(buffer(Arrays.copyOf(bytes, 3 * ImageChunk.SIZE)));
			Disposable loading = one.granted(KEY).keep(head(bytes, "v1"), filling).subscribe();
			await(() -> chunkKeys().size() == 3);
			raw.commands()
				.del((index == 0) ? text(new ImageKeys(KEY).first()) : raw.keys("chunk:*." + index).getFirst());
			filling.append(buffer(Arrays.copyOfRange(bytes, 3 * ImageChunk.SIZE, LARGE)));
			await(loading::isDisposed);
			filling.release();
			assertThat(two.look(KEY)).isNull();
			assertThat(chunkKeys()).isEmpty();
			two.load(KEY, head(bytes, "v1"), bytes);
			assertThat(one.held(KEY)).isEqualTo(bytes);
		}

		@Test
		void everythingExpires() {
			byte[] bytes = image(LARGE, 1);
			one.load(KEY, head(bytes, "v1"), bytes);
			assertThat(raw.keys("*")).hasSizeGreaterThan(8)
				.allSatisfy((key) -> assertThat(raw.commands().pttl(key)).as(key).isPositive());
			assertThat(raw.keys("*lease")).isEmpty();
		}

		@Test
		void doesNotKeepWhatIsTooLarge() {
			byte[] bytes = image(8 * 1024 * 1024 + 1, 1);
			one.load(KEY, head(bytes, "v1"), bytes);
			assertThat(raw.keys("*")).isEmpty();
			assertThat(two.claim(KEY)).isInstanceOf(Granted.class);
		}

		@Test
		void countsNoMoreBytesThanRedisTook() {
			long before = one.writers().written();
			byte[] bytes = image(2 * ImageChunk.SIZE + 1, 1);
			one.load(KEY, head(bytes, "v1"), bytes);
			assertThat(one.writers().written() - before).isEqualTo(bytes.length);
			byte[] large = new byte[9 * 1024 * 1024];
			one.load(new ImageKey("large"), head(large, "v1"), large);
			assertThat(one.writers().ended(WriteLimit.Outcome.TOO_LARGE)).isPositive();
			RegionalLease lost = one.granted(new ImageKey("lost"));
			raw.commands().flushall();
			one.keep(lost, head(bytes, "v1"), bytes).block(PATIENCE);
			assertThat(one.writers().written() - before).isEqualTo(bytes.length);
		}

		@Test
		void writesAFewImagesAtATimeOnly() {
			List<ImageKey> keys = RegionInstance.keys("many/%d", 80);
			ImageBytes filling = one.allocate(10);
			long busy = one.writers().ended(WriteLimit.Outcome.BUSY);
			byte[] bytes = image(10, 1);
			List<Disposable> writing = keys.stream()
				.map((key) -> one.granted(key).keep(head(bytes, "v1"), filling).subscribe())
				.toList();
			await(() -> one.writers().ended(WriteLimit.Outcome.BUSY) - busy == 16);
			filling.append(buffer(bytes));
			await(() -> writing.stream().allMatch(Disposable::isDisposed));
			filling.release();
			assertThat(keys.stream().filter((key) -> one.look(key) != null)).hasSize(64);
		}

		@Test
		void readsWithBackPressure() {
			byte[] bytes = image(8 * 1024 * 1024, 3);
			one.load(KEY, head(bytes, "v1"), bytes);
			raw.commands().configResetstat();
			StepVerifier.create(((Held) two.claim(KEY)).body(), 1)
				.expectNextCount(1)
				.then(() -> RegionInstance.sleep(Duration.ofMillis(300)))
				// two of them by the script that found the image
				.then(() -> assertThat(raw.calls()).containsPattern("(^| )get=4 "))
				.thenCancel()
				.verify(PATIENCE);
		}

	}

	@Nested
	class Absences {

		@Test
		void remembersAnAbsenceWithItsAge() {
			one.granted(KEY).keepAbsent().block(PATIENCE);
			Duration first = ((KnownAbsent) two.claim(KEY)).rest();
			assertThat(first).isBetween(Duration.ZERO, Duration.ofSeconds(10));
			await(() -> ((KnownAbsent) two.claim(KEY)).rest().compareTo(first) < 0);
			assertThat(two.look(KEY)).isNull();
		}

		@Test
		void anImageEndsAnAbsence() {
			one.granted(KEY).keepAbsent().block(PATIENCE);
			raw.commands().pexpire(headKey(), 1);
			await(() -> raw.keys("*head").isEmpty());
			byte[] bytes = image(1000, 1);
			two.load(KEY, head(bytes, "v1"), bytes);
			assertThat(one.held(KEY)).isEqualTo(bytes);
		}

		@Test
		void keepsNoAbsenceWhereThatIsTurnedOff() {
			try (RegionInstance forgetful = RegionInstance.start(redis.originProperties(),
					Map.of("image-origin.cache.negative-ttl", "0s"))) {
				forgetful.awaitAvailable();
				forgetful.granted(KEY).keepAbsent().block(PATIENCE);
				assertThat(raw.keys("*")).isEmpty();
			}
		}

	}

	@Nested
	class Leases {

		@Test
		void grantsALeaseOnce() {
			RegionalLease lease = one.granted(KEY);
			assertThat(two.claim(KEY)).isInstanceOf(Loading.class);
			assertThat(one.claim(KEY)).isInstanceOf(Loading.class);
			lease.giveUp().block(PATIENCE);
			two.granted(KEY).giveUp().block(PATIENCE);
			assertThat(raw.keys("*")).isEmpty();
		}

		@Test
		void renewsALeaseThatIsStillUnused() {
			RegionalLease lease = one.granted(KEY);
			RegionInstance.sleep(RedisLease.TIME.plusSeconds(1));
			assertThat(two.claim(KEY)).isInstanceOf(Loading.class);
			lease.giveUp().block(PATIENCE);
		}

		@Test
		void anOwnerThatDiesFreesTheLease() {
			byte[] bytes = image(LARGE, 7);
			RegionInstance dying = RegionInstance.join(redis.originProperties());
			ImageBytes filling = dying.allocate(bytes.length);
			filling.append(buffer(Arrays.copyOf(bytes, ImageChunk.SIZE)));
			Disposable keeping = dying.granted(KEY).keep(head(bytes, "v1"), filling).subscribe();
			Held held = ((Loading) two.claim(KEY)).image().block(PATIENCE);
			List<Throwable> failures = new CopyOnWriteArrayList<>();
			StepVerifier.create(held.body().map((piece) -> piece.readableByteCount()).doOnError(failures::add))
				.expectNext(ImageChunk.SIZE)
				.then(dying::die)
				.expectError(BrokenImageException.class)
				.verify(PATIENCE);
			two.load(KEY, head(bytes, "v1"), bytes);
			assertThat(one.held(KEY)).isEqualTo(bytes);
			keeping.dispose();
			filling.release();
			dying.close();
		}

		@Test
		void aLoserWritesNoMoreAndCleansUp() {
			byte[] old = image(LARGE, 1);
			byte[] young = image(LARGE, 2);
			ImageBytes filling = one.allocate(old.length);
			filling.append(buffer(Arrays.copyOf(old, 2 * ImageChunk.SIZE)));
			Disposable loser = one.granted(KEY).keep(head(old, "old"), filling).subscribe();
			await(() -> raw.keys("chunk:*").size() == 1);
			raw.commands().del(leaseKey());
			RegionalLease winner = two.granted(KEY);
			ImageBytes second = two.allocate(young.length);
			second.append(buffer(Arrays.copyOf(young, ImageChunk.SIZE)));
			Disposable winning = winner.keep(head(young, "young"), second).subscribe();
			filling.append(buffer(Arrays.copyOfRange(old, 2 * ImageChunk.SIZE, old.length)));
			await(loser::isDisposed);
			second.append(buffer(Arrays.copyOfRange(young, ImageChunk.SIZE, young.length)));
			await(winning::isDisposed);
			assertThat(one.held(KEY)).isEqualTo(young);
			assertThat(raw.keys("chunk:*")).hasSize(3);
			filling.release();
			second.release();
		}

	}

	@Nested
	class Followers {

		@Test
		void followsALoadChunkByChunk() {
			byte[] bytes = image(LARGE, 7);
			ImageHead head = head(bytes, "v1");
			ImageBytes filling = one.allocate(bytes.length);
			one.granted(KEY).keep(head, filling).subscribe();
			Held held = ((Loading) two.claim(KEY)).image().block(PATIENCE);
			assertThat(held.head()).isEqualTo(head);
			ByteArrayOutputStream read = new ByteArrayOutputStream();
			Disposable follower = held.body().subscribe((piece) -> RegionInstance.append(read, piece));
			for (int i = 0; i < ImageChunk.count(bytes.length); i++) {
				int end = Math.min(bytes.length, (i + 1) * ImageChunk.SIZE);
				filling.append(buffer(Arrays.copyOfRange(bytes, i * ImageChunk.SIZE, end)));
				await(() -> read.size() == end);
			}
			await(follower::isDisposed);
			assertThat(read.toByteArray()).isEqualTo(bytes);
			await(() -> two.claim(KEY) instanceof Held);
			assertThat(two.held(KEY)).isEqualTo(bytes);
			filling.release();
			assertThat(one.memory().used()).isZero();
		}

		@Test
		void aFollowerOfAnAbsenceClaimsAgain() {
			RegionalLease lease = one.granted(KEY);
			Loading loading = (Loading) two.claim(KEY);
			StepVerifier.create(loading.image())
				.then(() -> lease.keepAbsent().block(PATIENCE))
				.expectComplete()
				.verify(PATIENCE);
			assertThat(two.claim(KEY)).isInstanceOf(KnownAbsent.class);
		}

		@Test
		void aFailedLoadBreaksItsFollowersAndFreesTheLease() {
			byte[] bytes = image(LARGE, 7);
			ImageBytes filling = one.allocate(bytes.length);
			RegionalLease lease = one.granted(KEY);
			filling.append(buffer(Arrays.copyOf(bytes, ImageChunk.SIZE + 10)));
			lease.keep(head(bytes, "v1"), filling).subscribe();
			Held held = ((Loading) two.claim(KEY)).image().block(PATIENCE);
			StepVerifier.create(held.body().map((piece) -> piece.readableByteCount()))
				.expectNext(ImageChunk.SIZE)
				.then(() -> filling.fail(new IllegalStateException("S3 broke off")))
				.expectError(BrokenImageException.class)
				.verify(PATIENCE);
			filling.release();
			two.granted(KEY).giveUp().block(PATIENCE);
			await(() -> raw.keys("*").isEmpty());
			assertThat(one.writers().ended(WriteLimit.Outcome.GIVEN_UP)).isPositive();
		}

	}

	private static List<String> chunkKeys() {
		return Stream.concat(raw.keys("*:first").stream(), raw.keys("chunk:*").stream()).toList();
	}

	static String headKey() {
		return text(new ImageKeys(KEY).head());
	}

	static String leaseKey() {
		return text(new ImageKeys(KEY).lease());
	}

	static String text(ByteBuffer key) {
		return StandardCharsets.UTF_8.decode(key).toString();
	}

}
