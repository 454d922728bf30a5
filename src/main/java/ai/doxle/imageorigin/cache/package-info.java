/**
 * The ports to the cache tiers, and what the regional one says about an image.
 */
@NullMarked
package ai.doxle.imageorigin.cache;

import org.jspecify.annotations.NullMarked;
