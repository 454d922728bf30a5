/**
 * Finds an image for a reader, free of HTTP and AWS.
 */
@NullMarked
package ai.doxle.imageorigin.delivery;

import org.jspecify.annotations.NullMarked;
