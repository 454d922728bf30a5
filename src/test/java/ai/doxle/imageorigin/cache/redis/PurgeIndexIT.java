package ai.doxle.imageorigin.cache.redis;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

import ai.doxle.imageorigin.cache.RegionalAnswer.Granted;
import ai.doxle.imageorigin.cache.RegionalAnswer.Held;
import ai.doxle.imageorigin.cache.RegionalPurge;
import ai.doxle.imageorigin.cache.redis.link.RedisKeys;
import ai.doxle.imageorigin.cache.redis.purge.JournalPosition;
import ai.doxle.imageorigin.harness.LocalRedis;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSelection.Below;
import ai.doxle.imageorigin.image.ImageSelection.Tagged;

import static ai.doxle.imageorigin.cache.redis.RegionInstance.PATIENCE;
import static ai.doxle.imageorigin.cache.redis.RegionInstance.head;
import static ai.doxle.imageorigin.cache.redis.RegionInstance.image;
import static org.assertj.core.api.Assertions.assertThat;

class PurgeIndexIT extends TwoInstances {

	private static final List<ImageKey> KEYS = RedisPurgeIT.KEYS;

	/** The default command timeout. */
	private static final Map<String, Object> DEFAULT_PATIENCE = Map.of("image-origin.cache.redis.command-timeout",
			"250ms");

	private static final double NEEDED_UNTIL = (double) System.currentTimeMillis() + Duration.ofHours(1).toMillis();

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

	private static void loadAll() {
		byte[] bytes = image(10, 1);
		KEYS.forEach((key) -> one.load(key, head(bytes, "v1"), bytes));
	}

	private static byte[] text(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

}
