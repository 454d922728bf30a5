/**
 * Administration of what is cached: operators look at, purge and warm images; a purge
 * goes through this instance, the region and the CDN.
 */
@NullMarked
package ai.doxle.imageorigin.admin;

import org.jspecify.annotations.NullMarked;
