package ai.doxle.imageorigin.cache.redis;

import ai.doxle.imageorigin.cache.redis.purge.JournalPosition;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

import ai.doxle.imageorigin.image.ImageKey;
import org.jspecify.annotations.Nullable;

/**
 * How far a load has come, wherever in the region it runs.
 *
 * @param generation which load
 * @param position where the purge journal was when it began
 * @param head the image's head, or null while it is not known
 * @param chunks how many chunks are there
 */
record LoadProgress(String generation, JournalPosition position, @Nullable StoredHead head, int chunks) {

	/**
	 * Reads what a script says of a load: after a word, its generation, position, head
	 * and chunks.
	 * @return the progress, or null if it makes no sense
	 */
	static @Nullable LoadProgress parse(List<@Nullable Object> reply, ImageKey key) {
		try {
			String generation = text(reply.get(1));
			Object head = reply.get(3);
			StoredHead stored = StoredHeadCodec.decode(bytes(head), key);
			boolean foreign = head != null && (stored == null || !stored.generation().equals(generation));
			return foreign ? null : new LoadProgress(generation, JournalPosition.parse(text(reply.get(2))), stored,
					Integer.parseInt(text(reply.get(4))));
		}
		catch (NumberFormatException ex) {
			return null;
		}
	}

	/** A part of a reply as text; empty if it is not there. */
	static String text(@Nullable Object part) {
		return (part instanceof ByteBuffer buffer) ? StandardCharsets.UTF_8.decode(buffer.duplicate()).toString()
				: Objects.toString(part, "");
	}

	/** A part of a reply as bytes; none if it is not there. */
	static byte[] bytes(@Nullable Object part) {
		if (!(part instanceof ByteBuffer buffer)) {
			return new byte[0];
		}
		byte[] bytes = new byte[buffer.remaining()];
		buffer.duplicate().get(bytes);
		return bytes;
	}

}
