/**
 * The cache tier of the region: Redis.
 */
@NullMarked
package ai.doxle.imageorigin.cache.redis;

import org.jspecify.annotations.NullMarked;
