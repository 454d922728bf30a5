/**
 * Checks that what the store has is an image of an allowed type, by its declared type and
 * its first bytes.
 */
@NullMarked
package ai.doxle.imageorigin.delivery.type;

import org.jspecify.annotations.NullMarked;
