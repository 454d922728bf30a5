/**
 * Where images are kept: the port, and what guards it: breakers, fail-over, resumption.
 */
@NullMarked
package ai.doxle.imageorigin.store;

import org.jspecify.annotations.NullMarked;
