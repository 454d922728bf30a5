package ai.doxle.imageorigin.cache.redis;

import org.jspecify.annotations.Nullable;

import ai.doxle.imageorigin.cache.redis.purge.JournalPosition;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;

/**
 * The head of an image, or an absence, as Redis stores it.
 *
 * @param key the image
 * @param position the position of the purge journal when the load began: later purges
 * apply to it
 * @param generation the load that wrote it; its chunks carry the same
 * @param image the head itself, or null if there is no such image
 */
record StoredHead(ImageKey key, JournalPosition position, String generation, @Nullable ImageHead image) {

}
