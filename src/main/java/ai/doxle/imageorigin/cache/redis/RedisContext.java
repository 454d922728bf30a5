package ai.doxle.imageorigin.cache.redis;

import java.time.Duration;

import reactor.core.scheduler.Scheduler;

import ai.doxle.imageorigin.cache.redis.link.RedisLink;
import ai.doxle.imageorigin.cache.redis.purge.PurgeIndex;
import ai.doxle.imageorigin.cache.redis.purge.PurgeJournal;

/**
 * What all images in Redis share.
 *
 * @param link the way to Redis
 * @param journal the purges of this region
 * @param index finds the images that a purge deletes
 * @param writeLimit bounds how many images are written at a time
 * @param scheduler where leases are renewed
 * @param properties the settings of this tier
 * @param negativeTtl how long absences are remembered
 */
record RedisContext(RedisLink link, PurgeJournal journal, PurgeIndex index, WriteLimit writeLimit, Scheduler scheduler,
		RedisCacheProperties properties, Duration negativeTtl) {

}
