package ai.doxle.imageorigin.cache.memory;

import java.time.Instant;

import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;

import ai.doxle.imageorigin.image.ETag;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSelection;
import ai.doxle.imageorigin.offheap.CachedImage;
import ai.doxle.imageorigin.offheap.ImageBytes;
import ai.doxle.imageorigin.offheap.ImageMemory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

class MemoryImageCacheTests {

	private static final ImageKey KEY = new ImageKey("a.gif");

	/** The most that a buffer can have. */
	private static final int LENGTH = Integer.MAX_VALUE - 8;

	private static final DataSize ROOM = DataSize.ofGigabytes(4);

	/** With what it takes besides its bytes, it weighs more than a weight may be. */
	@Test
	void keepsImagesOfNearlyTwoGibibytes() {
		ImageMemory memory = new ImageMemory(ROOM.toBytes(), ROOM.toBytes(), ROOM.toBytes());
		MemoryImageCache cache = new MemoryImageCache(new MemoryCacheProperties(ROOM, ROOM));
		ImageBytes bytes = memory.allocate(LENGTH);
		assumeTrue(bytes != null, "no address space for 2 GiB");
		ImageHead head = new ImageHead(new ETag("one", false), Instant.EPOCH, LENGTH, "image/gif", null);
		CachedImage image = new CachedImage(head, bytes);
		try {
			cache.keep(KEY, image);
			assertThat(cache.find(KEY)).isSameAs(image);
		}
		finally {
			bytes.endLoad();
			cache.forget(new ImageSelection.OneImage(KEY));
		}
		assertThat(memory.used()).isZero();
	}

}
