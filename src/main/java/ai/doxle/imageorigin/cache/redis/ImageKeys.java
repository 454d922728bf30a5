package ai.doxle.imageorigin.cache.redis;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

import ai.doxle.imageorigin.cache.redis.link.RedisKeys;
import ai.doxle.imageorigin.image.ImageKey;

/**
 * The keys under which Redis has one image. What is read together is in one slot; further
 * chunks are spread over all slots, so that large images burden a cluster evenly.
 */
final class ImageKeys {

	private final String digest;

	ImageKeys(ImageKey key) {
		byte[] hash = sha256().digest(key.value().getBytes(StandardCharsets.UTF_8));
		this.digest = Base64.getUrlEncoder().withoutPadding().encodeToString(hash);
	}

	/** The committed image's head, or the absence. */
	ByteBuffer head() {
		return together("head");
	}

	/** The first chunk of the committed image or of the one being loaded. */
	ByteBuffer first() {
		return together("first");
	}

	/** Who is loading the image. */
	ByteBuffer lease() {
		return together("lease");
	}

	/** A chunk, of one generation. */
	ByteBuffer chunk(String generation, int index) {
		return (index == 0) ? first() : RedisKeys.key("chunk:" + this.digest + "." + generation + "." + index);
	}

	private ByteBuffer together(String what) {
		return RedisKeys.key("{" + this.digest + "}:" + what);
	}

	private static MessageDigest sha256() {
		try {
			return MessageDigest.getInstance("SHA-256");
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
