package ai.doxle.imageorigin.fault;

import java.util.concurrent.TimeUnit;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.sync.RedisCommands;
import org.junit.jupiter.api.Test;

import ai.doxle.imageorigin.harness.LocalRedis;
import ai.doxle.imageorigin.harness.RunningOrigin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What readers of a region see when its Redis fails: nothing.
 */
class RedisFaultTableIT extends FaultTable {

	@Test
	void redisIsAbsentAtTheStartAndComesLater() throws Exception {
		this.redis.kill();
		RunningOrigin one = start();
		RunningOrigin two = start();
		assertThat(one.cacheStatus("a.png")).startsWith("image-origin-regional; fwd=bypass; detail=unavailable");
		this.crowd.ask(20, one.image("b.png"));
		this.redis.restart();
		one.awaitRegion();
		two.awaitRegion();
		this.crowd.ask(20, one.image("c.png"));
		this.crowd.ask(20, two.image("c.png"));
		assertAllWhole();
	}

	@Test
	void redisIsKilledInTheMiddleOfReads() throws Exception {
		RunningOrigin one = join();
		RunningOrigin two = join(withoutMemory());
		for (String name : names("read/", 20)) {
			one.get(one.image(name));
		}
		for (String name : names("read/", 20)) {
			this.crowd.ask(5, two.image(name));
		}
		this.redis.kill();
		assertAllWhole();
		this.redis.restart();
		two.awaitRegion();
	}

	@Test
	void redisIsKilledInTheMiddleOfALoad() throws Exception {
		RunningOrigin one = join();
		RunningOrigin two = join();
		this.s3.pace(PAUSE);
		this.crowd.ask(20, one.image("load.png"));
		this.crowd.ask(20, two.image("load.png"));
		await().until(() -> this.s3.sent() > IMAGE.length / 3);
		this.redis.kill();
		assertAllWhole();
		this.redis.restart();
		one.awaitRegion();
		two.awaitRegion();
	}

	@Test
	void redisIsStoppedForFiveSecondsUnderLoad() throws Exception {
		RunningOrigin one = join(withoutMemory());
		for (int second = 0; second < 12; second++) {
			if (second == 2) {
				this.redis.pause();
			}
			if (second == 7) {
				this.redis.resume();
			}
			for (String name : names("stopped/" + (second % 3), 5)) {
				this.crowd.ask(4, one.image(name));
			}
			TimeUnit.SECONDS.sleep(1);
		}
		assertAllWhole();
		one.awaitRegion();
	}

	@Test
	void redisEvictsWhatItJustTook() {
		this.redis.close();
		this.redis = LocalRedis.start("maxmemory 10mb", "maxmemory-policy allkeys-lru");
		RunningOrigin one = join(withoutMemory());
		RunningOrigin two = join(withoutMemory());
		for (int round = 0; round < 3; round++) {
			for (String name : names("evicted/", 12)) {
				this.crowd.ask(3, one.image(name));
				this.crowd.ask(3, two.image(name));
			}
			this.crowd.responses();
		}
		assertAllWhole();
	}

	@Test
	void redisIsFullOfGarbage() throws Exception {
		RunningOrigin one = join(withoutMemory());
		RunningOrigin two = join(withoutMemory());
		for (String name : names("garbage/", 5)) {
			one.get(one.image(name));
		}
		try (RedisClient client = RedisClient.create(RedisURI.create(this.redis.host(), this.redis.port()))) {
			RedisCommands<String, String> commands = client.connect().sync();
			commands.keys("*").forEach((key) -> {
				commands.del(key);
				commands.set(key, "garbage");
			});
		}
		for (String name : names("garbage/", 5)) {
			this.crowd.ask(10, two.image(name));
		}
		assertAllWhole();
	}

	@Test
	void redisIsRestartedEmpty() throws Exception {
		RunningOrigin one = join(withoutMemory());
		for (String name : names("empty/", 5)) {
			one.get(one.image(name));
			this.crowd.ask(5, one.image(name));
		}
		this.redis.restart();
		for (String name : names("empty/", 5)) {
			this.crowd.ask(5, one.image(name));
		}
		assertAllWhole();
		one.awaitRegion();
	}

}
