package ai.doxle.imageorigin.offheap;

import ai.doxle.imageorigin.image.ImageHead;

/**
 * An image in memory, whole or on its way.
 *
 * @param head the image's head, its type judged
 * @param bytes the bytes
 */
public record CachedImage(ImageHead head, ImageBytes bytes) {

}
