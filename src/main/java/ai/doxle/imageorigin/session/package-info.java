/**
 * Viewers' sessions: trades a token for CloudFront's signed cookies, so that {@code img}
 * elements show private images.
 */
@NullMarked
package ai.doxle.imageorigin.session;

import org.jspecify.annotations.NullMarked;
