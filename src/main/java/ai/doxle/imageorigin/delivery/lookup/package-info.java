/**
 * What came of looking for an image: where it was looked for, and what was found.
 */
@NullMarked
package ai.doxle.imageorigin.delivery.lookup;

import org.jspecify.annotations.NullMarked;
