package ai.doxle.imageorigin.cache.redis;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.cache.redis.ImageReply.FirstChunk;
import ai.doxle.imageorigin.cache.redis.purge.JournalPosition;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;

import static ai.doxle.imageorigin.cache.redis.RegionInstance.PATIENCE;
import static ai.doxle.imageorigin.cache.redis.RegionInstance.head;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Every reply of Redis for an image, read by the class that sends the scripts.
 */
class RedisImageIT extends TwoInstances {

	private static final ImageKey KEY = new ImageKey("projects/123/blocks/456/img.jpg");

	private static final ImageKeys KEYS = new ImageKeys(KEY);

	private static final JournalPosition POSITION = new JournalPosition(12, 3);

	private static final Duration LONG = Duration.ofMinutes(1);

	private static final byte[] BYTES = RegionInstance.image(100, 1);

	private static final StoredHead IMAGE = stored(head(BYTES, "v1"));

	private static final StoredHead ABSENCE = stored(null);

	private static final ByteBuffer CHUNK = ByteBuffer.wrap(RegionInstance.image(50, 2));

	private RedisImage image;

	private static StoredHead stored(@Nullable ImageHead head) {
		return new StoredHead(KEY, POSITION, "one.1", head);
	}

	@BeforeEach
	void createImage() {
		this.image = one.redisImage(KEY);
	}

	private static <T> T get(Mono<T> reply) {
		return reply.blockOptional(PATIENCE).orElseThrow();
	}

	private ImageReply.ToClaim claim(String generation) {
		return get(this.image.claim(generation, POSITION, LONG));
	}

	private ImageReply.Held held() {
		return (ImageReply.Held) claim("two.1");
	}

	@Test
	void grantsOneLeaseAndShowsTheProgressOfItsLoad() {
		assertThat(claim("one.1")).isEqualTo(new ImageReply.Granted());
		assertThat(claim("two.1")).isEqualTo(loading(null, 0));
		assertThat(get(this.image.publish(IMAGE, 0, LONG))).isTrue();
		assertThat(claim("two.1")).isEqualTo(loading(IMAGE, 0));
		assertThat(get(this.image.publishFirst(IMAGE, CHUNK, LONG, LONG))).isTrue();
		assertThat(get(this.image.publish(IMAGE, 7, LONG))).isTrue();
		assertThat(claim("two.1")).isEqualTo(loading(IMAGE, 7));
		assertThat(get(this.image.follow())).isEqualTo(loading(IMAGE, 7));
	}

	private static ImageReply.Loading loading(@Nullable StoredHead head, int chunks) {
		return new ImageReply.Loading(ByteBuffer.wrap(text("one.1")),
				new LoadProgress("one.1", POSITION, head, chunks));
	}

	private static byte[] text(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

	@Test
	void readsACommittedImage() {
		claim("one.1");
		get(this.image.publishFirst(IMAGE, CHUNK, LONG, LONG));
		assertThat(get(this.image.look())).isEqualTo(new ImageReply.Missing());
		assertThat(get(this.image.commit(IMAGE, LONG, LONG))).isTrue();
		assertThat(held().head()).isEqualTo(IMAGE);
		assertThat(held().first()).isEqualTo(new FirstChunk.Fetched(CHUNK));
		assertThat(held().rest()).isBetween(1L, LONG.toMillis());
		ImageReply.Held looked = (ImageReply.Held) get(this.image.look());
		assertThat(looked.head()).isEqualTo(IMAGE);
		assertThat(looked.first()).isEqualTo(new FirstChunk.Stored());
		assertThat(looked.rest()).isBetween(1L, LONG.toMillis());
		assertThat(get(this.image.follow())).isEqualTo(new ImageReply.Committed(IMAGE));
	}

	@Test
	void readsAnAbsence() {
		claim("one.1");
		assertThat(get(this.image.commitAbsence(ABSENCE, LONG))).isTrue();
		assertThat(held().head()).isEqualTo(ABSENCE);
		assertThat(held().first()).isEqualTo(new FirstChunk.Missing());
		assertThat(((ImageReply.Held) get(this.image.look())).first()).isEqualTo(new FirstChunk.Missing());
	}

	@Test
	void commitsNoImageWithoutItsFirstChunk() {
		claim("one.1");
		assertThat(get(this.image.commit(IMAGE, LONG, LONG))).isFalse();
		assertThat(claim("two.1")).isInstanceOf(ImageReply.Loading.class);
	}

	@Test
	void anotherLoadChangesNothing() {
		claim("two.1");
		assertThat(get(this.image.renew("one.1", LONG))).isFalse();
		assertThat(get(this.image.publishFirst(IMAGE, CHUNK, LONG, LONG))).isFalse();
		assertThat(get(this.image.commitAbsence(ABSENCE, LONG))).isFalse();
		assertThat(get(this.image.release("one.1"))).isFalse();
		assertThat(get(this.image.renew("two.1", LONG))).isTrue();
		assertThat(raw.keys("*")).hasSize(1);
		assertThat(get(this.image.release("two.1"))).isTrue();
		assertThat(get(this.image.follow())).isEqualTo(new ImageReply.Missing());
	}

	@Test
	void releasesALeaseThatCannotBeDecoded() {
		claim("one.1");
		raw.commands().hset(RedisCacheIT.text(KEYS.lease()), "chunks", text("many"));
		ImageReply.Loading loading = (ImageReply.Loading) claim("two.1");
		assertThat(loading.progress()).isNull();
		assertThat(get(this.image.release(loading))).isTrue();
		assertThat(claim("two.1")).isEqualTo(new ImageReply.Granted());
	}

	@Test
	void discardsAHeadUnlessItWasReplaced() {
		raw.commands().set(RedisCacheIT.text(KEYS.head()), text("garbage"));
		ImageReply.Held garbage = held();
		assertThat(garbage.head()).isNull();
		assertThat(get(this.image.follow())).isEqualTo(new ImageReply.Committed(null));
		raw.commands().set(RedisCacheIT.text(KEYS.head()), StoredHeadCodec.encode(ABSENCE));
		assertThat(get(this.image.discard(garbage))).isFalse();
		assertThat(get(this.image.discard(held()))).isTrue();
		assertThat(raw.keys("*")).isEmpty();
	}

	@Test
	void aPurgeReturnsTheHeadsOfImageAndLoad() {
		assertThat(get(this.image.purge())).isEqualTo(new ImageReply.Purged(null, null));
		claim("one.1");
		get(this.image.publishFirst(IMAGE, CHUNK, LONG, LONG));
		raw.commands().set(RedisCacheIT.text(KEYS.head()), StoredHeadCodec.encode(ABSENCE));
		assertThat(get(this.image.purge())).isEqualTo(new ImageReply.Purged(ABSENCE, IMAGE));
		assertThat(raw.keys("*")).isEmpty();
	}

	@Test
	void readsWritesAndDeletesChunks() {
		for (int index : new int[] { 0, 1 }) {
			assertThat(this.image.readChunk("one.1", index).block(PATIENCE)).isNull();
			assertThat(get(this.image.expireChunk("one.1", index, LONG))).isFalse();
			assertThat(get(this.image.writeChunk("one.1", index, CHUNK, LONG))).isTrue();
			assertThat(get(this.image.readChunk("one.1", index))).isEqualTo(CHUNK);
			assertThat(get(this.image.expireChunk("one.1", index, LONG))).isTrue();
			assertThat(get(this.image.deleteChunk("one.1", index))).isEqualTo(1);
		}
		assertThat(raw.keys("*")).isEmpty();
	}

}
