/**
 * Purges in Redis: the journal that tells every instance, and the index that knows what
 * to delete.
 */
@NullMarked
package ai.doxle.imageorigin.cache.redis.purge;

import org.jspecify.annotations.NullMarked;
