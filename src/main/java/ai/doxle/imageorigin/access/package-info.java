/**
 * Who may read which image: edge secrets, bearer tokens and the projects they name, and
 * the cookies of viewers.
 */
@NullMarked
package ai.doxle.imageorigin.access;

import org.jspecify.annotations.NullMarked;
