/**
 * The ports to the cache tiers and what they hold: images in memory outside the heap, and
 * the region's answers about an image.
 */
@NullMarked
package ai.doxle.imageorigin.cache;

import org.jspecify.annotations.NullMarked;
