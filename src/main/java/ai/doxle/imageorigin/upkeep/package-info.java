/**
 * Looks after what is cached: operators see, purge and warm images on the management
 * port; a purge goes through this instance, the region and the CDN.
 */
@NullMarked
package ai.doxle.imageorigin.upkeep;

import org.jspecify.annotations.NullMarked;
