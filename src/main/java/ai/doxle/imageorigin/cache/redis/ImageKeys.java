package ai.doxle.imageorigin.cache.redis;

import java.nio.ByteBuffer;
import java.util.Base64;

import ai.doxle.imageorigin.cache.redis.link.RedisKeys;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.Sha256;

/**
 * The Redis keys of one image. Head, first chunk and lease share a slot, so that scripts
 * can use them together; further chunks are spread over all slots, so that large images
 * load the nodes of a cluster evenly.
 */
final class ImageKeys {

	private final String digest;

	ImageKeys(ImageKey key) {
		byte[] hash = Sha256.digest(key.value());
		this.digest = Base64.getUrlEncoder().withoutPadding().encodeToString(hash);
	}

	/** The head of the committed image or absence. */
	ByteBuffer head() {
		return sameSlot("head");
	}

	/** The first chunk of the committed image, or of the load under way. */
	ByteBuffer first() {
		return sameSlot("first");
	}

	/** The lease of the load under way. */
	ByteBuffer lease() {
		return sameSlot("lease");
	}

	/** A chunk of one load. */
	ByteBuffer chunk(String generation, int index) {
		return (index == 0) ? first() : RedisKeys.key("chunk:" + this.digest + "." + generation + "." + index);
	}

	private ByteBuffer sameSlot(String part) {
		return RedisKeys.key("{" + this.digest + "}:" + part);
	}

}
