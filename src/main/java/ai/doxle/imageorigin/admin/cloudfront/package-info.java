/**
 * Invalidation at Amazon CloudFront.
 */
@NullMarked
package ai.doxle.imageorigin.admin.cloudfront;

import org.jspecify.annotations.NullMarked;
