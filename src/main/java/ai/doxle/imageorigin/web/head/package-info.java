/**
 * Checks the head of every request right behind the HTTP codec, and refuses those that
 * cannot be decoded.
 */
@NullMarked
package ai.doxle.imageorigin.web.head;

import org.jspecify.annotations.NullMarked;
