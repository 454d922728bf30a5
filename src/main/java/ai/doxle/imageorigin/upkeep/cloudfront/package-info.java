/**
 * Invalidation at Amazon CloudFront.
 */
@NullMarked
package ai.doxle.imageorigin.upkeep.cloudfront;

import org.jspecify.annotations.NullMarked;
