package ai.doxle.imageorigin.contract;

import java.util.Properties;

import org.junit.jupiter.api.AfterAll;

import ai.doxle.imageorigin.harness.LocalRedis;

/**
 * The same contract with Redis in the way.
 */
class RegionalHttpContractIT extends HttpContractIT {

	private final LocalRedis redis = LocalRedis.start();

	@Override
	Properties startRedis() {
		Properties region = this.redis.originProperties();
		// every request shall go through it
		region.setProperty("image-origin.cache.memory.max-size", "0");
		region.setProperty("image-origin.cache.redis.command-timeout", "2s");
		return region;
	}

	@AfterAll
	void stopRedis() {
		this.redis.close();
	}

}
