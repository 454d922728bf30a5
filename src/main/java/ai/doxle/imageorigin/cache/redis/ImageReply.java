package ai.doxle.imageorigin.cache.redis;

import java.nio.ByteBuffer;

import org.jspecify.annotations.Nullable;

/**
 * What Redis replies when it is asked for an image.
 */
sealed interface ImageReply {

	/** A reply to {@link RedisImage#claim}. */
	sealed interface ToClaim extends ImageReply {

	}

	/** A reply to {@link RedisImage#look}. */
	sealed interface ToLook extends ImageReply {

	}

	/** A reply to {@link RedisImage#follow}. */
	sealed interface ToFollow extends ImageReply {

	}

	/**
	 * There is a committed head, of an image or of an absence.
	 *
	 * @param encoded the head as it is stored
	 * @param head the head, or null if it cannot be decoded
	 * @param first the image's first chunk
	 * @param rest for how many milliseconds the head is kept; negative if that is unknown
	 */
	record Held(ByteBuffer encoded, @Nullable StoredHead head, FirstChunk first, long rest) implements ToClaim, ToLook {

	}

	/**
	 * The load that was followed, or another, has committed.
	 *
	 * @param head the head, or null if it cannot be decoded
	 */
	record Committed(@Nullable StoredHead head) implements ToFollow {

	}

	/**
	 * An instance is loading the image.
	 *
	 * @param generation which load, as it is stored
	 * @param progress how far it has come, or null if that cannot be decoded
	 */
	record Loading(ByteBuffer generation, @Nullable LoadProgress progress) implements ToClaim, ToFollow {

	}

	/** The first chunk of a committed image. */
	sealed interface FirstChunk {

		/**
		 * It was read together with the head.
		 *
		 * @param chunk the chunk as it is stored
		 */
		record Fetched(ByteBuffer chunk) implements FirstChunk {

		}

		/** It is there, but was not read. */
		record Stored() implements FirstChunk {

		}

		/** It is not there. */
		record Missing() implements FirstChunk {

		}

	}

	/** The lease was granted. */
	record Granted() implements ToClaim {

	}

	/** There is no image and, where a load was followed, no load. */
	record Missing() implements ToLook, ToFollow {

	}

	/**
	 * The image was deleted. The heads tell which chunks are left.
	 *
	 * @param committed the committed head, or null if there was none
	 * @param loading the head of a load, or null if there was none
	 */
	record Purged(@Nullable StoredHead committed, @Nullable StoredHead loading) implements ImageReply {

	}

}
