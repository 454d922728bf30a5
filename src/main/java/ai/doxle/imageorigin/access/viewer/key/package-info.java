/**
 * The key pairs of viewers' cookies: their configuration, and the forms in which they
 * come.
 */
@NullMarked
package ai.doxle.imageorigin.access.viewer.key;

import org.jspecify.annotations.NullMarked;
