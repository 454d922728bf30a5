/**
 * The way to Redis: one connection, behind a breaker, with a deadline for every command.
 */
@NullMarked
package ai.doxle.imageorigin.cache.redis.link;

import org.jspecify.annotations.NullMarked;
