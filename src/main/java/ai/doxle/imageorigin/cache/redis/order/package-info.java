/**
 * The order of events in Redis, for all instances of the region.
 */
@NullMarked
package ai.doxle.imageorigin.cache.redis.order;

import org.jspecify.annotations.NullMarked;
