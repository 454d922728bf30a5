/**
 * Access to Redis: one connection behind a circuit breaker, with a timeout for each
 * command.
 */
@NullMarked
package ai.doxle.imageorigin.cache.redis.link;

import org.jspecify.annotations.NullMarked;
