package ai.doxle.imageorigin.cache.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import reactor.test.StepVerifier;

import ai.doxle.imageorigin.cache.BrokenImageException;
import ai.doxle.imageorigin.cache.RegionalAnswer;
import ai.doxle.imageorigin.cache.RegionalAnswer.Granted;
import ai.doxle.imageorigin.cache.RegionalAnswer.Held;
import ai.doxle.imageorigin.cache.RegionalAnswer.Loading;
import ai.doxle.imageorigin.cache.RegionalAnswer.Unavailable;
import ai.doxle.imageorigin.cache.RegionalPurge;
import ai.doxle.imageorigin.cache.redis.link.RedisKeys;
import ai.doxle.imageorigin.harness.LocalRedis;
import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSelection;
import ai.doxle.imageorigin.offheap.ImageBytes;

import static ai.doxle.imageorigin.cache.redis.RegionInstance.PATIENCE;
import static ai.doxle.imageorigin.cache.redis.RegionInstance.await;
import static ai.doxle.imageorigin.cache.redis.RegionInstance.buffer;
import static ai.doxle.imageorigin.cache.redis.RegionInstance.head;
import static ai.doxle.imageorigin.cache.redis.RegionInstance.image;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class RedisFaultsIT {

	private static final ImageKey KEY = new ImageKey("projects/123/blocks/456/img.jpg");

	private static final ImageKeys KEYS = new ImageKeys(KEY);

	private static final byte[] BYTES = image(3 * ImageChunk.SIZE + 12_345, 5);

	private static final ImageHead HEAD = head(BYTES, "v1");

	private static final byte[] GARBAGE = { 'g', 'a', 'r', 'b', 'a', 'g', 'e' };

	private LocalRedis redis;

	private RawRedis raw;

	private RegionInstance instance;

	@BeforeEach
	void start() {
		this.redis = LocalRedis.start();
		this.raw = new RawRedis(this.redis.host(), this.redis.port());
		this.instance = RegionInstance.start(this.redis.originProperties(),
				Map.of("image-origin.cache.redis.command-timeout", "1s"));
		this.instance.awaitAvailable();
	}

	@AfterEach
	void stop() {
		assertThat(this.instance.memory().used()).isZero();
		this.instance.close();
		this.raw.close();
		this.redis.close();
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 2, 3 })
	void anEvictedChunkBreaksTheBodyAndIsAMissAfterwards(int index) {
		this.instance.load(KEY, HEAD, BYTES);
		this.raw.commands().del(chunkKey(index));
		assertBroken(index);
		assertMissAndReload();
	}

	@Test
	void anEvictedFirstChunkIsAMiss() {
		this.instance.load(KEY, HEAD, BYTES);
		this.raw.commands().del(RedisCacheIT.text(KEYS.first()));
		assertMissAndReload();
	}

	@Test
	void anEvictedHeadIsAMiss() {
		this.instance.load(KEY, HEAD, BYTES);
		this.raw.commands().del(RedisCacheIT.text(KEYS.head()));
		assertMissAndReload();
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, 1, 3 })
	void aFlippedByteIsNeverServed(int index) {
		this.instance.load(KEY, HEAD, BYTES);
		String key = chunkKey(index);
		byte[] chunk = this.raw.commands().get(key);
		chunk[new Random(index).nextInt(chunk.length)] ^= 1;
		this.raw.commands().set(key, chunk);
		if (index > 0) {
			assertBroken(index);
		}
		assertMissAndReload();
	}

	@Test
	void aChunkOfAnotherGenerationIsNeverServed() {
		this.instance.load(KEY, HEAD, BYTES);
		String old = chunkKey(1);
		byte[] oldChunk = this.raw.commands().get(old);
		this.instance.cache().forget(new ImageSelection.OneImage(KEY)).block(PATIENCE);
		byte[] young = image(BYTES.length, 6);
		this.instance.load(KEY, head(young, "v2"), young);
		assertThat(chunkKey(1)).isNotEqualTo(old);
		this.raw.commands().set(chunkKey(1), oldChunk);
		List<Throwable> failures = new ArrayList<>();
		assertThat(RegionInstance.prefix((Held) this.instance.claim(KEY), failures))
			.isEqualTo(Arrays.copyOf(young, ImageChunk.SIZE));
		assertThat(failures).hasOnlyElementsOfType(BrokenImageException.class).hasSize(1);
		assertMissAndReload();
	}

	@ParameterizedTest
	@ValueSource(strings = { "head", "first", "lease" })
	void garbageIsAMiss(String what) {
		String key = RedisCacheIT.text(KEYS.head()).replace("head", what);
		this.raw.commands().set(key, GARBAGE);
		assertMissAndReload();
	}

	@ParameterizedTest
	@ValueSource(strings = { "head", "first", "lease", "purges", "dir", "tag" })
	void aKeyOfTheWrongTypeIsAMiss(String what) {
		String key = switch (what) {
			case "purges" -> RedisKeys.PREFIX + "purges";
			case "dir" -> RedisKeys.PREFIX + "dir:projects/123";
			case "tag" -> RedisKeys.PREFIX + "tag:project:123";
			default -> RedisCacheIT.text(KEYS.head()).replace("head", what);
		};
		this.raw.commands().del(key);
		this.raw.commands().lpush(key, GARBAGE);
		// commits succeed again as soon as the journal is a stream again
		await(() -> !what.equals("purges") || this.raw.commands().exists(key) == 0);
		assertMissAndReload();
		assertThat(this.instance.cache()
			.forget(new ImageSelection.Below("projects/123"))
			.map(RegionalPurge::images)
			.block(PATIENCE)).isEqualTo(1);
		assertThat(this.instance.breaker().getState()).isEqualTo(CircuitBreaker.State.CLOSED);
	}

	@Test
	void aLeaseFullOfGarbageIsAMiss() {
		this.raw.commands().hset(RedisCacheIT.text(KEYS.lease()), Map.of("generation", new byte[] { -1, 0 }));
		this.raw.commands().pexpire(RedisCacheIT.text(KEYS.lease()), 60_000);
		assertMissAndReload();
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 2 })
	void garbageInALaterChunkBreaksTheBody(int index) {
		this.instance.load(KEY, HEAD, BYTES);
		String key = chunkKey(index);
		this.raw.commands().del(key);
		this.raw.commands().lpush(key, GARBAGE);
		assertBroken(index);
	}

	@Test
	void startsWithoutRedisAndFindsItLater() {
		this.redis.kill();
		try (RegionInstance early = RegionInstance.start(this.redis.originProperties(), Map.of())) {
			assertThat(early.claim(KEY)).isInstanceOf(Unavailable.class);
			assertThat(early.look(KEY)).isNull();
			this.redis.restart();
			early.awaitAvailable();
			early.load(KEY, HEAD, BYTES);
			assertThat(early.held(KEY)).isEqualTo(BYTES);
			this.instance.awaitAvailable();
			assertThat(this.instance.held(KEY)).isEqualTo(BYTES);
		}
	}

	@Test
	void survivesRedisKilledWhileItReads() {
		this.instance.load(KEY, HEAD, BYTES);
		Held held = (Held) this.instance.claim(KEY);
		StepVerifier.create(held.body().map((piece) -> piece.readableByteCount()), 1)
			.expectNext(ImageChunk.SIZE)
			.then(this.redis::kill)
			.thenRequest(Long.MAX_VALUE)
			.thenConsumeWhile((count) -> true)
			.expectError(BrokenImageException.class)
			.verify(PATIENCE);
		assertThat(this.instance.claim(KEY)).isInstanceOf(Unavailable.class);
		assertThatExceptionOfType(ImageFailure.Unavailable.class)
			.isThrownBy(() -> this.instance.cache().forget(new ImageSelection.OneImage(KEY)).block(PATIENCE));
		await(() -> this.instance.breaker().getState() == CircuitBreaker.State.OPEN);
		this.redis.restart();
		this.instance.awaitAvailable();
		assertMissAndReload();
	}

	@Test
	void survivesRedisKilledWhileItWrites() {
		ImageBytes filling = this.instance.allocate(BYTES.length);
		filling.append(buffer(Arrays.copyOf(BYTES, 2 * ImageChunk.SIZE)));
		Disposable writing = this.instance.granted(KEY).keep(HEAD, filling).subscribe();
		await(() -> !this.raw.keys("chunk:*").isEmpty());
		this.redis.kill();
		filling.append(buffer(Arrays.copyOfRange(BYTES, 2 * ImageChunk.SIZE, BYTES.length)));
		await(writing::isDisposed);
		filling.release();
		assertThat(this.instance.writers().ended(WriteLimit.Outcome.FAILED)).isEqualTo(1);
		this.redis.restart();
		this.instance.awaitAvailable();
		assertMissAndReload();
	}

	@Test
	void survivesRedisStoppedForAWhile() {
		this.instance.load(KEY, HEAD, BYTES);
		Held held = (Held) this.instance.claim(KEY);
		this.redis.pause();
		List<Throwable> failures = new ArrayList<>();
		assertThat(RegionInstance.prefix(held, failures)).isEqualTo(Arrays.copyOf(BYTES, ImageChunk.SIZE));
		assertThat(failures).hasOnlyElementsOfType(BrokenImageException.class);
		for (int i = 0; i < 10; i++) {
			assertThat(this.instance.claim(KEY)).isInstanceOf(Unavailable.class);
		}
		RegionInstance.sleep(Duration.ofSeconds(5));
		assertThat(this.instance.claim(KEY)).isInstanceOf(Unavailable.class);
		this.redis.resume();
		this.instance.awaitAvailable();
		assertThat(this.instance.held(KEY)).isEqualTo(BYTES);
	}

	@Test
	void aWriteAcrossAStopIsWholeOrNothing() {
		ImageBytes filling = this.instance.allocate(BYTES.length);
		filling.append(buffer(Arrays.copyOf(BYTES, 2 * ImageChunk.SIZE)));
		Disposable writing = this.instance.granted(KEY).keep(HEAD, filling).subscribe();
		await(() -> !this.raw.keys("chunk:*").isEmpty());
		this.redis.pause();
		filling.append(buffer(Arrays.copyOfRange(BYTES, 2 * ImageChunk.SIZE, BYTES.length)));
		await(writing::isDisposed);
		filling.release();
		this.redis.resume();
		this.instance.awaitAvailable();
		await(() -> !(this.instance.claim(KEY) instanceof Loading));
	}

	@Test
	void evictionUnderAFullMemoryIsAMissNeverAWrongByte() {
		try (LocalRedis small = LocalRedis.start("maxmemory 12mb", "maxmemory-policy allkeys-lru");
				RegionInstance one = RegionInstance.join(small.originProperties())) {
			AtomicInteger hits = new AtomicInteger();
			AtomicInteger broken = new AtomicInteger();
			AtomicInteger misses = new AtomicInteger();
			Random random = new Random(1);
			for (int i = 0; i < 400; i++) {
				int number = random.nextInt(24);
				byte[] bytes = image(1_000_000 + number, number);
				RegionalAnswer answer = one.claim(new ImageKey("evicted/" + number));
				switch (answer) {
					case Held held -> {
						List<Throwable> failures = new ArrayList<>();
						byte[] prefix = RegionInstance.prefix(held, failures);
						assertThat(prefix).isEqualTo(Arrays.copyOf(bytes, prefix.length));
						assertThat(failures.isEmpty()).isEqualTo(prefix.length == bytes.length);
						(failures.isEmpty() ? hits : broken).incrementAndGet();
					}
					case Granted granted -> {
						one.keep(granted.lease(), head(bytes, "v" + number), bytes).block(PATIENCE);
						misses.incrementAndGet();
					}
					default -> assertThat(answer).isNotNull();
				}
			}
			System.out.printf("evicting Redis: %s hits, %s broken bodies, %s misses%n", hits, broken, misses);
			assertThat(hits).hasPositiveValue();
			assertThat(misses.get()).isGreaterThan(24);
			assertThat(one.breaker().getState()).isEqualTo(CircuitBreaker.State.CLOSED);
		}
	}

	@Test
	void readsWhileAFullMemoryTakesNoMore() {
		this.instance.load(KEY, HEAD, BYTES);
		this.raw.commands().configSet("maxmemory", "1mb");
		this.raw.commands().configSet("maxmemory-policy", "noeviction");
		for (int i = 0; i < 20; i++) {
			ImageKey other = new ImageKey("other/" + i);
			this.instance.load(other, HEAD, BYTES);
			assertThat(this.instance.look(other)).isNull();
			assertThat(this.instance.held(KEY)).isEqualTo(BYTES);
		}
		assertThat(this.instance.writers().ended(WriteLimit.Outcome.FAILED)).isEqualTo(20);
	}

	/** Chunks before it arrive, unless its prefetch has failed first. */
	private void assertBroken(int index) {
		List<Throwable> failures = new ArrayList<>();
		byte[] prefix = RegionInstance.prefix((Held) this.instance.claim(KEY), failures);
		assertThat(prefix.length / ImageChunk.SIZE).isBetween(1, index);
		assertThat(prefix).isEqualTo(Arrays.copyOf(BYTES, prefix.length));
		assertThat(failures).hasOnlyElementsOfType(BrokenImageException.class).hasSize(1);
	}

	/** A claim is granted, and the image can be read once it is loaded. */
	private void assertMissAndReload() {
		this.instance.load(KEY, HEAD, BYTES);
		assertThat(this.instance.held(KEY)).isEqualTo(BYTES);
	}

	/** The key of a chunk of the only image in Redis. */
	private String chunkKey(int index) {
		return (index == 0) ? RedisCacheIT.text(KEYS.first()) : this.raw.keys("chunk:*." + index).getFirst();
	}

}
