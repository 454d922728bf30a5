package ai.doxle.imageorigin.cache.redis;

import org.jspecify.annotations.Nullable;

import ai.doxle.imageorigin.cache.redis.link.ScriptReply;
import ai.doxle.imageorigin.cache.redis.purge.JournalPosition;
import ai.doxle.imageorigin.image.ImageKey;

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
	static @Nullable LoadProgress parse(ScriptReply reply, ImageKey key) {
		try {
			String generation = reply.text(1);
			byte[] head = reply.bytes(3);
			StoredHead stored = StoredHeadCodec.decode(head, key);
			boolean foreign = head.length > 0 && (stored == null || !stored.generation().equals(generation));
			return foreign ? null : new LoadProgress(generation, JournalPosition.parse(reply.text(2)), stored,
					Integer.parseInt(reply.text(4)));
		}
		catch (NumberFormatException ex) {
			return null;
		}
	}

}
