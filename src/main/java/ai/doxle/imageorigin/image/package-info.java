/**
 * The words every room shares: keys, heads, spans, entity tags and failures. JDK only.
 */
@NullMarked
package ai.doxle.imageorigin.image;

import org.jspecify.annotations.NullMarked;
