package ai.doxle.imageorigin.cache.redis;

import java.nio.ByteBuffer;

import org.junit.jupiter.api.Test;

import ai.doxle.imageorigin.image.ByteSpan;

import static org.assertj.core.api.Assertions.assertThat;

class ImageChunkTests {

	private static final long LENGTH = ImageChunk.SIZE + 100L;

	@Test
	void cutsAnImageUpWithoutGaps() {
		for (long length : new long[] { 1, ImageChunk.SIZE, ImageChunk.SIZE + 1L, 10L * ImageChunk.SIZE - 1 }) {
			long position = 0;
			for (int i = 0; i < ImageChunk.count(length); i++) {
				ByteSpan span = ImageChunk.span(length, i);
				assertThat(span.first()).isEqualTo(position);
				position += span.length();
			}
			assertThat(position).isEqualTo(length);
		}
	}

	@Test
	void anEmptyImageHasOneEmptyChunk() {
		assertThat(ImageChunk.count(0)).isEqualTo(1);
		assertThat(ImageChunk.span(0, 0).isEmpty()).isTrue();
		ByteBuffer chunk = ImageChunk.finish(ImageChunk.begin("g", 0, 0));
		assertThat(ImageChunk.payload(chunk, "g", 0, 0)).isEqualTo(ByteBuffer.allocate(0));
	}

	@Test
	void readsWhatItWrote() {
		assertThat(ImageChunk.payload(chunk(), "one.2", 1, LENGTH)).isEqualTo(ByteBuffer.wrap(payload()));
	}

	@Test
	void refusesAChunkThatWasNotMeant() {
		ByteBuffer chunk = chunk();
		assertThat(ImageChunk.payload(chunk, "one.3", 1, LENGTH)).isNull();
		assertThat(ImageChunk.payload(chunk, "one.2", 2, LENGTH + ImageChunk.SIZE)).isNull();
		assertThat(ImageChunk.payload(chunk, "one.2", 1, LENGTH + 1)).isNull();
		assertThat(ImageChunk.payload(ByteBuffer.allocate(0), "one.2", 1, LENGTH)).isNull();
	}

	@Test
	void refusesAChunkWithAFlippedBit() {
		int bits = chunk().limit() * Byte.SIZE;
		for (int bit = 0; bit < bits; bit++) {
			ByteBuffer chunk = chunk();
			chunk.put(bit / Byte.SIZE, (byte) (chunk.get(bit / Byte.SIZE) ^ (1 << (bit % Byte.SIZE))));
			assertThat(ImageChunk.payload(chunk, "one.2", 1, LENGTH)).isNull();
		}
	}

	private static ByteBuffer chunk() {
		return ImageChunk.finish(ImageChunk.begin("one.2", 1, LENGTH).put(payload()));
	}

	private static byte[] payload() {
		return RegionInstance.image(100, 1);
	}

}
