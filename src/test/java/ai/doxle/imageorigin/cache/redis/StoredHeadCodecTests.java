package ai.doxle.imageorigin.cache.redis;

import java.time.Instant;
import java.util.Arrays;
import java.util.Random;

import org.junit.jupiter.api.Test;

import ai.doxle.imageorigin.cache.redis.purge.JournalPosition;
import ai.doxle.imageorigin.image.ETag;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;

import static org.assertj.core.api.Assertions.assertThat;

class StoredHeadCodecTests {

	private static final ImageKey KEY = new ImageKey("projects/123/bl\u00F6cke/\uD83D\uDDBC/img.jpg");

	private static final ImageHead IMAGE = new ImageHead(new ETag("abc", true), Instant.ofEpochSecond(1_700_000_000),
			5_000_000_000L, "image/svg+xml", "gzip");

	private static final StoredHead HEAD = new StoredHead(KEY, new JournalPosition(1_700_000_000_123L, 4), "one.2",
			IMAGE);

	@Test
	void readsWhatItWrote() {
		ImageHead plain = new ImageHead(new ETag("", false), Instant.EPOCH, 0, "image/png", null);
		for (ImageHead image : Arrays.asList(IMAGE, plain, null)) {
			StoredHead head = new StoredHead(KEY, JournalPosition.START, "", image);
			assertThat(StoredHeadCodec.decode(StoredHeadCodec.encode(head), KEY)).isEqualTo(head);
		}
		assertThat(StoredHeadCodec.decode(StoredHeadCodec.encode(HEAD), KEY)).isEqualTo(HEAD);
	}

	@Test
	void refusesTheHeadOfAnotherImage() {
		assertThat(StoredHeadCodec.decode(StoredHeadCodec.encode(HEAD), new ImageKey("other"))).isNull();
	}

	@Test
	void refusesAHeadWithAFlippedBit() {
		int bits = StoredHeadCodec.encode(HEAD).length * Byte.SIZE;
		for (int bit = 0; bit < bits; bit++) {
			byte[] encoded = StoredHeadCodec.encode(HEAD);
			encoded[bit / Byte.SIZE] ^= (byte) (1 << (bit % Byte.SIZE));
			assertThat(StoredHeadCodec.decode(encoded, KEY)).isNull();
		}
	}

	@Test
	void refusesGarbage() {
		Random random = new Random(11);
		for (int i = 0; i < 1000; i++) {
			byte[] garbage = new byte[random.nextInt(400)];
			random.nextBytes(garbage);
			assertThat(StoredHeadCodec.decode(garbage, KEY)).isNull();
		}
	}

	@Test
	void refusesAHeadThatIsCut() {
		byte[] encoded = StoredHeadCodec.encode(HEAD);
		for (int length = 0; length < encoded.length; length++) {
			assertThat(StoredHeadCodec.decode(Arrays.copyOf(encoded, length), KEY)).isNull();
		}
	}

}
