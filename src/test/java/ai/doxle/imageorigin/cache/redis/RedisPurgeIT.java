package ai.doxle.imageorigin.cache.redis;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.lettuce.core.XAddArgs;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

import ai.doxle.imageorigin.cache.RegionalAnswer.Granted;
import ai.doxle.imageorigin.cache.RegionalAnswer.Held;
import ai.doxle.imageorigin.cache.RegionalAnswer.KnownAbsent;
import ai.doxle.imageorigin.cache.RegionalAnswer.Loading;
import ai.doxle.imageorigin.cache.RegionalLease;
import ai.doxle.imageorigin.cache.RegionalPurge;
import ai.doxle.imageorigin.cache.redis.link.RedisKeys;
import ai.doxle.imageorigin.cache.redis.purge.JournalPosition;
import ai.doxle.imageorigin.cache.redis.purge.PurgeJournal;
import ai.doxle.imageorigin.harness.CuttableLink;
import ai.doxle.imageorigin.harness.LocalRedis;
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

	private static final List<ImageKey> KEYS = List.of(new ImageKey("projects/123/blocks/456/img.jpg"),
			new ImageKey("projects/123/blocks/457/img.jpg"), new ImageKey("projects/123/plan.jpg"),
			new ImageKey("projects/1234/blocks/456/img.jpg"), new ImageKey("projects/123"), new ImageKey("top.jpg"),
			new ImageKey("old/projects/123/blocks/9/img.jpg"), new ImageKey("projects//123/a;b+c/"),
			new ImageKey("/projects/123/x"), new ImageKey("projects/123//y"));

	/** The default command timeout. */
	private static final Map<String, Object> DEFAULT_PATIENCE = Map.of("image-origin.cache.redis.command-timeout",
			"250ms");

	private static final double NEEDED_UNTIL = (double) System.currentTimeMillis() + Duration.ofHours(1).toMillis();

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
	void aPurgeIsOverWhenAllInstancesHaveForgotten() {
		for (int i = 0; i < 5; i++) {
			OneImage selection = new OneImage(new ImageKey("acknowledged/" + i));
			assertThat(unacknowledged(one, selection)).isEmpty();
			assertThat(count(two, selection)).isEqualTo(2);
		}
	}

	@Test
	void aPurgeNamesInstancesThatDidNotReceiveIt() {
		introduce();
		two.breaker().transitionToForcedOpenState();
		assertThat(unacknowledged(one, new Below("unheard"))).containsExactly(two.name());
		assertThat(one.cache().isReceivingPurges()).isTrue();
		assertThat(two.cache().isReceivingPurges()).isFalse();
		two.recover();
		assertThat(unacknowledged(one, new Below("unheard"))).isEmpty();
		assertThat(count(two, new Below("unheard"))).isEqualTo(4);
	}

	@Test
	void noInstanceIsOverlookedWhenRedisLosesItsData() {
		introduce();
		two.breaker().transitionToForcedOpenState();
		raw.commands().flushall();
		assertThat(unacknowledged(one, new Below("unheard"))).containsExactly(two.name());
		two.recover();
		raw.commands().flushall();
		assertThat(unacknowledged(one, new Below("heard"))).isEmpty();
		assertThat(count(two, new Below("heard"))).isEqualTo(2);
	}

	@Test
	void noInstanceIsOverlookedWhenRedisRestartsEmptyAndAnInstanceIsNew() throws Exception {
		try (LocalRedis other = LocalRedis.start();
				CuttableLink link = CuttableLink.to(other);
				RegionInstance deaf = RegionInstance.join(link.originProperties())) {
			link.cut();
			other.restart();
			try (RegionInstance fresh = RegionInstance.join(other.originProperties())) {
				fresh.cache().forget(new Below("a")).block(PATIENCE);
				// no other instance knows of it, but it knows that it may miss purges
				assertThat(deaf.cache().isReceivingPurges()).isFalse();
			}
		}
	}

	@Test
	void aPurgeIsNotAcknowledgedWhileAListenerIsStillRunning() {
		introduce();
		CountDownLatch over = new CountDownLatch(1);
		two.onPurge(() -> RegionInstance.await(() -> over.getCount() == 0));
		try {
			assertThat(unacknowledged(one, new Below("long"))).containsExactly(two.name());
		}
		finally {
			over.countDown();
			two.onPurge(() -> {
			});
		}
	}

	@Test
	void anInstanceThatHasLeftIsNotWaitedFor() {
		String name;
		try (RegionInstance leaving = RegionInstance.join(redis.originProperties())) {
			name = leaving.name();
			assertThat(unacknowledged(one, new Below("a"))).isEmpty();
		}
		assertThat(raw.commands().hkeys(RedisKeys.PREFIX + "instances")).contains(name);
		assertThat(unacknowledged(one, new Below("b"))).isEmpty();
	}

	@Test
	void anInstanceThatHasDiedIsNamedUntilItsHeartbeatExpires() {
		RegionInstance dying = RegionInstance.join(redis.originProperties());
		dying.breaker().transitionToForcedOpenState();
		assertThat(unacknowledged(one, new Below("a"))).containsExactly(dying.name());
		await(() -> unacknowledged(one, new Below("b")).isEmpty());
		await(() -> !raw.commands().hexists(RedisKeys.PREFIX + "instances", dying.name()));
		dying.close();
	}

	@Test
	void garbageInPlaceOfTheInstancesIsReplaced() {
		raw.commands().set(RedisKeys.PREFIX + "instances", text("garbage"));
		assertThat(unacknowledged(one, new Below("a"))).isEmpty();
		raw.commands().hset(RedisKeys.PREFIX + "instances", "garbage-1", text("nonsense"));
		assertThat(unacknowledged(one, new Below("b"))).isEmpty();
	}

	/** Waits until one knows two again after the data of Redis was deleted. */
	private static void introduce() {
		await(() -> raw.commands().hlen(RedisKeys.PREFIX + "instances") >= 2);
		assertThat(unacknowledged(one, new Below("introduction"))).isEmpty();
	}

	private static List<String> unacknowledged(RegionInstance instance, ImageSelection selection) {
		return instance.cache().forget(selection).map(RegionalPurge::unacknowledged).block(PATIENCE);
	}

	@Test
	void aPurgeThatWasInterruptedCanBeRepeated() {
		loadAll();
		Below selection = new Below("projects/123");
		Sinks.Empty<Boolean> begun = Sinks.empty();
		Disposable purging = one.index().delete(selection, (key) -> {
			begun.tryEmitEmpty();
			return Mono.never();
		}).subscribe();
		begun.asMono().block(PATIENCE);
		purging.dispose();
		assertThat(two.cache().forget(selection).map(RegionalPurge::images).block(PATIENCE))
			.isEqualTo(KEYS.stream().filter(selection::covers).count());
		assertThat(two.cache().forget(selection).map(RegionalPurge::images).block(PATIENCE)).isZero();
	}

	@Test
	void anImageThatIsLoadedAgainDuringAPurgeStaysInTheIndex() {
		loadAll();
		Tagged selection = new Tagged("project:123");
		List<ImageKey> covered = KEYS.stream().filter(selection::covers).toList();
		ImageKey again = covered.getFirst();
		one.index()
			.delete(selection, (key) -> key.equals(again) ? one.index().add(key, Duration.ofMinutes(1)) : Mono.empty())
			.blockLast(PATIENCE);
		assertThat(one.index().delete(selection, Mono::just).collectList().block(PATIENCE)).containsExactly(again);
	}

	@Test
	void whatHasExpiredLeavesTheIndexBitByBit() {
		ImageKey key = KEYS.getFirst();
		String set = RedisKeys.PREFIX + "dir:projects/123/blocks/456";
		one.index().add(key, Duration.ofDays(7)).block(PATIENCE);
		IntStream.range(0, 150)
			.forEach((i) -> raw.commands().zadd(set, (double) System.currentTimeMillis() - i, text("old" + i)));
		assertThat(raw.commands().zcard(set)).isEqualTo(151);
		one.index().add(key, Duration.ofDays(7)).block(PATIENCE);
		assertThat(raw.commands().zcard(set)).isEqualTo(51);
		one.index().add(key, Duration.ofDays(7)).block(PATIENCE);
		assertThat(one.index().delete(new Below("projects"), Mono::just).collectList().block(PATIENCE))
			.containsExactly(key);
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

	private static void loadAll() {
		byte[] bytes = image(10, 1);
		KEYS.forEach((key) -> one.load(key, head(bytes, "v1"), bytes));
	}

	@Test
	void aPurgeMayTakeLongerThanACommand() {
		add(raw, "dir:many", IntStream.range(0, 5_000).mapToObj(Integer::toString).toArray(String[]::new));
		try (RegionInstance instance = RegionInstance.start(redis.originProperties(), DEFAULT_PATIENCE)) {
			instance.awaitAvailable();
			StepVerifier.create(instance.index().delete(new Below("many"), Mono::just), 1)
				.expectNextCount(1)
				.thenAwait(Duration.ofSeconds(1))
				.thenRequest(Long.MAX_VALUE)
				.expectNextCount(5_000 - 1)
				.expectComplete()
				.verify(PATIENCE);
		}
	}

	@Test
	void purgesTenThousandOfAHundredThousandImagesByTag() {
		try (LocalRedis full = LocalRedis.start(); RawRedis inside = new RawRedis(full.host(), full.port())) {
			fill(inside);
			try (RegionInstance instance = RegionInstance.start(full.originProperties(), Map.of())) {
				instance.awaitAvailable();
				long before = inside.commands().dbsize();
				inside.commands().configResetstat();
				long begin = System.nanoTime();
				// an image whose deletion was confirmed after the timeout is not counted
				assertThat(instance.cache().forget(new Tagged("project:7")).map(RegionalPurge::images).block(PATIENCE))
					.isBetween(1L, 10_000L);
				System.out.printf("purged 10,000 of 100,000 images by tag in %d ms with these commands: %s%n",
						Duration.ofNanos(System.nanoTime() - begin).toMillis(), inside.calls());
				// a head and a chunk each, ten directories that are empty now, and the
				// journal
				assertThat(before - inside.commands().dbsize()).isEqualTo(2 * 10_000 + 10 - 1);
				assertThat(instance.claim(new ImageKey("projects/8/blocks/8/0.jpg"))).isInstanceOf(Held.class);
				assertThat(instance.claim(new ImageKey("projects/7/blocks/7/0.jpg"))).isInstanceOf(Granted.class);
			}
		}
	}

	/** Writes images as loads would; one in ten belongs to project 7. */
	private static void fill(RawRedis inside) {
		for (int block = 0; block < 100; block++) {
			String project = "projects/" + (block % 10);
			fill(inside, project + "/blocks/" + block);
			add(inside, "dir:" + project, "blocks/");
			add(inside, "dir:" + project + "/blocks", block + "/");
			add(inside, "tag:project:" + (block % 10), project);
		}
	}

	private static void fill(RawRedis inside, String directory) {
		byte[] bytes = image(10, 1);
		byte[] first = ImageChunk.finish(ImageChunk.begin("one.1", 0, bytes.length).put(bytes)).array();
		Map<String, byte[]> images = new HashMap<>();
		List<String> names = IntStream.range(0, 1000).mapToObj((i) -> i + ".jpg").toList();
		for (String name : names) {
			ImageKey key = new ImageKey(directory + "/" + name);
			StoredHead head = new StoredHead(key, JournalPosition.START, "one.1", head(bytes, "v1"));
			images.put(RedisCacheIT.text(new ImageKeys(key).head()), StoredHeadCodec.encode(head));
			images.put(RedisCacheIT.text(new ImageKeys(key).first()), first);
		}
		inside.commands().mset(images);
		add(inside, "dir:" + directory, names.toArray(String[]::new));
	}

	private static void add(RawRedis inside, String set, String... members) {
		inside.commands()
			.zadd(RedisKeys.PREFIX + set,
					Arrays.stream(members).flatMap((member) -> Stream.of(NEEDED_UNTIL, text(member))).toArray());
	}

	private static byte[] text(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

}
