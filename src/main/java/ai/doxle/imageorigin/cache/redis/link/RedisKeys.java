package ai.doxle.imageorigin.cache.redis.link;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * How our keys begin, and how text goes to Redis.
 */
public final class RedisKeys {

	/**
	 * What all our keys begin with, and which version of their contents it is.
	 */
	public static final String PREFIX = "image-origin:1:";

	private RedisKeys() {
	}

	/** A key of ours. */
	public static ByteBuffer key(String rest) {
		return buffer(PREFIX + rest);
	}

	/** Text as Redis gets it. */
	public static ByteBuffer buffer(String text) {
		return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
	}

}
