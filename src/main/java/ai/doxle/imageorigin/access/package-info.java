/**
 * Who may read which image: edge secrets, bearer tokens and the projects they name.
 */
@NullMarked
package ai.doxle.imageorigin.access;

import org.jspecify.annotations.NullMarked;
