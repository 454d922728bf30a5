/**
 * Purges in Redis: the journal that every instance reads, and the index by which images
 * are found.
 */
@NullMarked
package ai.doxle.imageorigin.cache.redis.purge;

import org.jspecify.annotations.NullMarked;
