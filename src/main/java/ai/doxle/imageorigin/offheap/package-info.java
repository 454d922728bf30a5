/**
 * Images in memory outside the heap, with a bound for each kind of use.
 */
@NullMarked
package ai.doxle.imageorigin.offheap;

import org.jspecify.annotations.NullMarked;
