/**
 * CloudFront's signed cookies, verified as CloudFront does it: keys, policies, and the
 * URLs that they allow.
 */
@NullMarked
package ai.doxle.imageorigin.access.viewer;

import org.jspecify.annotations.NullMarked;
