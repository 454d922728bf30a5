/**
 * Loads that requests share: an image that is asked for many times at once is read once,
 * into the cache tiers.
 */
@NullMarked
package ai.doxle.imageorigin.delivery.load;

import org.jspecify.annotations.NullMarked;
