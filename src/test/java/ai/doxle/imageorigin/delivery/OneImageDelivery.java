package ai.doxle.imageorigin.delivery;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;

import org.junit.jupiter.api.AfterEach;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.util.unit.DataSize;
import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.cache.NoRegionalCache;
import ai.doxle.imageorigin.cache.memory.MemoryCacheProperties;
import ai.doxle.imageorigin.cache.memory.MemoryImageCache;
import ai.doxle.imageorigin.delivery.load.CacheTiers;
import ai.doxle.imageorigin.delivery.lookup.DeliveryObserver;
import ai.doxle.imageorigin.delivery.lookup.LookupResult;
import ai.doxle.imageorigin.delivery.type.ImageTypeProperties;
import ai.doxle.imageorigin.delivery.type.ImageTypes;
import ai.doxle.imageorigin.delivery.type.TypeCheckedStore;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSelection;
import ai.doxle.imageorigin.offheap.ImageMemory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Delivers one image, from a store that sends what it is told to, whose memory tier holds
 * two such images.
 */
abstract class OneImageDelivery {

	static final Duration TIMEOUT = Duration.ofSeconds(10);

	static final ImageKey KEY = new ImageKey("projects/1/a.gif");

	static final byte[] IMAGE = image(200_000);

	final ControlledStore store = new ControlledStore(IMAGE);

	final ImageMemory memory = new ImageMemory(1_000_000, 1_000_000, 1_000_000);

	final MemoryImageCache cache = new MemoryImageCache(
			new MemoryCacheProperties(DataSize.ofBytes(500_000), DataSize.ofBytes(300_000)));

	final TypeCheckedStore checked = new TypeCheckedStore(this.store,
			new ImageTypes(new ImageTypeProperties(List.of("image/*"), true)));

	final CacheTiers tiers = new CacheTiers(this.cache, new NoRegionalCache(), this.memory, Duration.ofSeconds(10));

	final ImageDelivery delivery = new ImageDelivery(this.checked, this.tiers, DeliveryObserver.NONE);

	@AfterEach
	void nothingIsLeftInMemory() {
		this.cache.forget(new ImageSelection.Below("projects"));
		assertThat(this.memory.used()).isZero();
		assertThat(this.delivery.loadsUnderWay()).isZero();
	}

	byte[] read() {
		return bytes(this.delivery.open(KEY).block(TIMEOUT));
	}

	static byte[] bytes(LookupResult<DeliveredImage> found) {
		return bytesLater(found).block(TIMEOUT);
	}

	static Mono<byte[]> bytesLater(LookupResult<DeliveredImage> found) {
		return DataBufferUtils.join(found.value().body()).map((joined) -> {
			byte[] bytes = new byte[joined.readableByteCount()];
			joined.read(bytes);
			DataBufferUtils.release(joined);
			return bytes;
		});
	}

	static byte[] image(int length) {
		byte[] image = new byte[length];
		new Random(length).nextBytes(image);
		System.arraycopy("GIF89a".getBytes(StandardCharsets.US_ASCII), 0, image, 0, 6);
		return image;
	}

}
