package ai.doxle.imageorigin.cache.redis;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

import io.lettuce.core.XAddArgs;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.Disposable;

import ai.doxle.imageorigin.cache.RegionalAnswer.Granted;
import ai.doxle.imageorigin.cache.RegionalAnswer.KnownAbsent;
import ai.doxle.imageorigin.cache.RegionalAnswer.Loading;
import ai.doxle.imageorigin.cache.RegionalLease;
import ai.doxle.imageorigin.cache.RegionalPurge;
import ai.doxle.imageorigin.cache.redis.link.RedisKeys;
import ai.doxle.imageorigin.cache.redis.purge.PurgeJournal;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSelection;
import ai.doxle.imageorigin.image.ImageSelection.All;
import ai.doxle.imageorigin.image.ImageSelection.Below;
import ai.doxle.imageorigin.image.ImageSelection.OneImage;
import ai.doxle.imageorigin.image.ImageSelection.Tagged;
import ai.doxle.imageorigin.offheap.ImageBytes;

import static ai.doxle.imageorigin.cache.redis.RegionInstance.PATIENCE;
import static ai.doxle.imageorigin.cache.redis.RegionInstance.await;
import static ai.doxle.imageorigin.cache.redis.RegionInstance.buffer;
import static ai.doxle.imageorigin.cache.redis.RegionInstance.head;
import static ai.doxle.imageorigin.cache.redis.RegionInstance.image;
import static org.assertj.core.api.Assertions.assertThat;

class RedisPurgeIT extends TwoInstances {

	static final List<ImageKey> KEYS = List.of(new ImageKey("projects/123/blocks/456/img.jpg"),
			new ImageKey("projects/123/blocks/457/img.jpg"), new ImageKey("projects/123/plan.jpg"),
			new ImageKey("projects/1234/blocks/456/img.jpg"), new ImageKey("projects/123"), new ImageKey("top.jpg"),
			new ImageKey("old/projects/123/blocks/9/img.jpg"), new ImageKey("projects//123/a;b+c/"),
			new ImageKey("/projects/123/x"), new ImageKey("projects/123//y"));

	static List<ImageSelection> selections() {
		return List.of(new OneImage(KEYS.get(0)), new OneImage(new ImageKey("nobody")), new Below("projects/123"),
				new Below("projects/123/blocks/"), new Below("projects"), new Below("projects/"),
				new Below("projects//"), new Below("old"), new Below("top.jpg"), new Below("project"),
				new Tagged("project:123"), new Tagged("block:456"), new Tagged("project:1234"),
				new Tagged("project:12"));
	}

	@ParameterizedTest
	@MethodSource("selections")
	void forgetsWhatIsCoveredAndNothingElse(ImageSelection selection) {
		byte[] bytes = image(ImageChunk.SIZE + 1, 1);
		ImageHead head = head(bytes, "v1");
		KEYS.forEach((key) -> one.load(key, head, bytes));
		long covered = KEYS.stream().filter(selection::covers).count();
		assertThat(one.cache().forget(selection).map(RegionalPurge::images).block(PATIENCE)).isEqualTo(covered);
		KEYS.forEach((key) -> assertThat(two.look(key) == null).as(key.value()).isEqualTo(selection.covers(key)));
		assertThat(raw.keys("*first")).hasSize(KEYS.size() - (int) covered);
		assertThat(raw.keys("chunk:*")).hasSize(KEYS.size() - (int) covered);
		await(() -> count(one, selection) == 2 && count(two, selection) == 2);
		KEYS.stream().filter(selection::covers).forEach((key) -> two.load(key, head, bytes));
		KEYS.forEach((key) -> assertThat(two.held(key)).isEqualTo(bytes));
		assertThat(one.cache().forget(selection).map(RegionalPurge::images).block(PATIENCE)).isEqualTo(covered);
	}

	private static long count(RegionInstance instance, ImageSelection selection) {
		return instance.purges().stream().filter(selection::equals).count();
	}

	@ParameterizedTest
	@MethodSource("selections")
	void anImageThatIsPurgedWhileItIsLoadedIsNotCommitted(ImageSelection selection) {
		ImageKey key = KEYS.getFirst();
		byte[] bytes = image(3 * ImageChunk.SIZE, 1);
		ImageHead head = head(bytes, "v1");
		ImageBytes filling = one.allocate(bytes.length);
		Disposable loading = one.granted(key).keep(head, filling).subscribe();
		filling.append(buffer(Arrays.copyOf(bytes, 2 * ImageChunk.SIZE)));
		await(() -> raw.keys("chunk:*").size() == 1);
		two.cache().forget(selection).block(PATIENCE);
		filling.append(buffer(Arrays.copyOfRange(bytes, 2 * ImageChunk.SIZE, bytes.length)));
		await(loading::isDisposed);
		filling.release();
		assertThat(one.look(key) == null).isEqualTo(selection.covers(key));
		if (selection.covers(key)) {
			assertThat(raw.keys("{*")).isEmpty();
			assertThat(raw.keys("chunk:*")).isEmpty();
		}
	}

	@Test
	void aPurgedLoadIsNotFollowed() {
		ImageKey key = KEYS.getFirst();
		RegionalLease old = one.granted(key);
		Below selection = new Below("projects");
		two.cache().forget(selection).block(PATIENCE);
		await(() -> count(two, selection) == 2);
		RegionalLease young = two.granted(key);
		byte[] stale = image(1000, 1);
		one.keep(old, head(stale, "old"), stale).block(PATIENCE);
		assertThat(one.claim(key)).isInstanceOf(Loading.class);
		byte[] fresh = image(1000, 2);
		two.keep(young, head(fresh, "new"), fresh).block(PATIENCE);
		assertThat(one.held(key)).isEqualTo(fresh);
	}

	@Test
	void aPurgeEndsAnAbsence() {
		ImageKey key = KEYS.getFirst();
		one.granted(key).keepAbsent().block(PATIENCE);
		assertThat(two.claim(key)).isInstanceOf(KnownAbsent.class);
		Tagged selection = new Tagged("project:123");
		one.cache().forget(selection).block(PATIENCE);
		await(() -> count(two, selection) == 2);
		two.granted(key).giveUp().block(PATIENCE);
	}

	@Test
	void aPurgedImageIsAMissEvenIfTheIndexWasEvicted() {
		ImageKey key = KEYS.getFirst();
		byte[] bytes = image(1000, 1);
		one.load(key, head(bytes, "v1"), bytes);
		raw.keys("dir:*").forEach((set) -> raw.commands().del(set));
		Below selection = new Below("projects/123");
		assertThat(one.cache().forget(selection).map(RegionalPurge::images).block(PATIENCE)).isZero();
		await(() -> count(two, selection) == 2);
		assertThat(two.claim(key)).isInstanceOf(Granted.class);
		try (RegionInstance late = RegionInstance.join(redis.originProperties())) {
			assertThat(late.claim(key)).isInstanceOf(Loading.class);
		}
	}

	@Test
	void anInstanceThatCouldNotReachRedisHearsOfPurgesLater() {
		OneImage selection = new OneImage(KEYS.getFirst());
		two.breaker().transitionToForcedOpenState();
		one.cache().forget(selection).block(PATIENCE);
		await(() -> count(one, selection) == 2);
		assertThat(two.purges()).isEmpty();
		two.breaker().reset();
		await(() -> count(two, selection) == 2);
	}

	@Test
	void anInstanceThatMissedPurgesForgetsEverything() {
		one.cache().forget(new Below("first")).block(PATIENCE);
		await(() -> count(two, new Below("first")) == 2);
		two.breaker().transitionToForcedOpenState();
		Map<String, byte[]> purge = Map.of("stage", text("DONE"), "kind", text("key"), "value", text("gap"));
		for (int i = 0; i < PurgeJournal.LENGTH + 200; i++) {
			raw.commands().xadd(RedisKeys.PREFIX + "purges", XAddArgs.Builder.maxlen(PurgeJournal.LENGTH), purge);
		}
		two.breaker().reset();
		await(() -> two.purges().contains(new All()));
		assertThat(one.purges()).doesNotContain(new All());
	}

	@Test
	void anEmptyRedisDoesNotPurgeTheMemory() {
		one.cache().forget(new Below("first")).block(PATIENCE);
		await(() -> count(two, new Below("first")) == 2);
		raw.commands().flushall();
		one.cache().forget(new Below("second")).block(PATIENCE);
		await(() -> count(two, new Below("second")) == 2);
		assertThat(two.purges()).doesNotContain(new All());
	}

	@Test
	void leasesAreRenewedHoweverLongListenersTake() {
		RegionalLease lease = one.granted(KEYS.getFirst());
		CountDownLatch over = new CountDownLatch(1);
		one.onPurge(() -> RegionInstance.await(() -> over.getCount() == 0));
		try {
			two.cache().forget(new OneImage(KEYS.getLast())).block(PATIENCE);
			await(() -> !one.purges().isEmpty());
			RegionInstance.sleep(RedisLease.TIME.plusSeconds(1));
			assertThat(two.claim(KEYS.getFirst())).isInstanceOf(Loading.class);
		}
		finally {
			over.countDown();
			one.onPurge(() -> {
			});
		}
		lease.giveUp().block(PATIENCE);
	}

	private static byte[] text(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

}
