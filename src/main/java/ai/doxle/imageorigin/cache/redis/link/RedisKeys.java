package ai.doxle.imageorigin.cache.redis.link;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The prefix of our keys, and text as Redis gets it.
 */
public final class RedisKeys {

	/**
	 * The prefix of all our keys, with the version of their contents.
	 */
	public static final String PREFIX = "image-origin:1:";

	private RedisKeys() {
	}

	/** A key with our prefix. */
	public static ByteBuffer key(String rest) {
		return buffer(PREFIX + rest);
	}

	/** Text in UTF-8. */
	public static ByteBuffer buffer(String text) {
		return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
	}

}
