package ai.doxle.imageorigin.cache.redis;

import org.jspecify.annotations.Nullable;

import ai.doxle.imageorigin.cache.redis.purge.JournalPosition;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;

/**
 * What Redis has under an image's head key.
 *
 * @param key whose head it is
 * @param position where the purge journal was when the image's load began: later purges
 * take it
 * @param generation the load that it came from; its chunks carry the same
 * @param image the head itself, or null where there is no such image
 */
record StoredHead(ImageKey key, JournalPosition position, String generation, @Nullable ImageHead image) {

}
