/**
 * The regional cache tier: Redis.
 */
@NullMarked
package ai.doxle.imageorigin.cache.redis;

import org.jspecify.annotations.NullMarked;
