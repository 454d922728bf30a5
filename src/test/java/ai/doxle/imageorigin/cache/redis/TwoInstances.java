package ai.doxle.imageorigin.cache.redis;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

import ai.doxle.imageorigin.harness.LocalRedis;

/**
 * Two instances of a region and their Redis, which is empty when a test begins.
 */
abstract class TwoInstances {

	static LocalRedis redis;

	static RawRedis raw;

	static RegionInstance one;

	static RegionInstance two;

	@BeforeAll
	static void start() {
		redis = LocalRedis.start();
		raw = new RawRedis(redis.host(), redis.port());
		one = RegionInstance.join(redis.originProperties());
		two = RegionInstance.join(redis.originProperties());
	}

	@AfterAll
	static void stop() {
		one.close();
		two.close();
		raw.close();
		redis.close();
	}

	@BeforeEach
	void empty() {
		one.recover();
		two.recover();
		// otherwise a purge that only one of them has received would be lost
		RegionInstance.await(() -> one.position().equals(two.position()));
		one.purges().clear();
		two.purges().clear();
		raw.commands().flushall();
	}

}
