package ai.doxle.imageorigin.cache.redis;

import org.jspecify.annotations.Nullable;

import ai.doxle.imageorigin.cache.redis.purge.JournalPosition;

/**
 * How far a load has come, wherever in the region it runs.
 *
 * @param generation which load
 * @param position where the purge journal was when it began
 * @param head the image's head, or null while it is not known
 * @param chunks how many chunks are there
 */
record LoadProgress(String generation, JournalPosition position, @Nullable StoredHead head, int chunks) {

}
