package ai.doxle.imageorigin.cache.redis;

import org.jspecify.annotations.Nullable;

import ai.doxle.imageorigin.cache.redis.purge.JournalPosition;

/**
 * The progress of a load, as its lease in Redis has it.
 *
 * @param generation identifies the load
 * @param position the position of the purge journal when the load began
 * @param head the image's head, or null until it is known
 * @param chunks how many chunks were written
 */
record LoadProgress(String generation, JournalPosition position, @Nullable StoredHead head, int chunks) {

}
