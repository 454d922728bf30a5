/**
 * The cache tier in this process.
 */
@NullMarked
package ai.doxle.imageorigin.cache.memory;

import org.jspecify.annotations.NullMarked;
