package ai.doxle.imageorigin.cache.redis;

import java.time.Duration;

import reactor.core.scheduler.Scheduler;

import ai.doxle.imageorigin.cache.redis.link.RedisLink;
import ai.doxle.imageorigin.cache.redis.purge.PurgeIndex;
import ai.doxle.imageorigin.cache.redis.purge.PurgeJournal;

/**
 * What leases share.
 *
 * @param link the way to Redis
 * @param journal what was purged
 * @param index by which images are found for a purge
 * @param writers bound the writing
 * @param scheduler where leases are renewed
 * @param properties the tier's settings
 * @param negativeTtl how long absences are remembered
 */
record RedisContext(RedisLink link, PurgeJournal journal, PurgeIndex index, WriteLimit writers, Scheduler scheduler,
		RedisCacheProperties properties, Duration negativeTtl) {

}
