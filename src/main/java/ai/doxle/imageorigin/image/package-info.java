/**
 * The terms that every package shares: keys, heads, spans, entity tags and failures. Uses
 * the JDK only.
 */
@NullMarked
package ai.doxle.imageorigin.image;

import org.jspecify.annotations.NullMarked;
