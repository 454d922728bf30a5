package ai.doxle.imageorigin.cache.redis;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;

import ai.doxle.imageorigin.cache.RegionalPurge;
import ai.doxle.imageorigin.cache.redis.link.RedisKeys;
import ai.doxle.imageorigin.harness.CuttableLink;
import ai.doxle.imageorigin.harness.LocalRedis;
import ai.doxle.imageorigin.image.ImageSelection;
import ai.doxle.imageorigin.image.ImageSelection.Below;

import static ai.doxle.imageorigin.cache.redis.RegionInstance.PATIENCE;
import static ai.doxle.imageorigin.cache.redis.RegionInstance.await;
import static org.assertj.core.api.Assertions.assertThat;

class PurgeAcknowledgementsIT extends TwoInstances {

	private static final AtomicInteger attempts = new AtomicInteger();

	@Test
	void aPurgeIsOverWhenAllInstancesHaveForgotten() {
		for (int i = 0; i < 5; i++) {
			awaitAcknowledged();
		}
	}

	@Test
	void aPurgeNamesInstancesThatDidNotReceiveIt() {
		introduce();
		two.breaker().transitionToForcedOpenState();
		assertThat(unacknowledged(one, new Below("unheard"))).containsExactly(two.name());
		assertThat(one.cache().isReceivingPurges()).isTrue();
		assertThat(two.cache().isReceivingPurges()).isFalse();
		two.recover();
		awaitAcknowledged();
		assertThat(two.purges()).contains(new Below("unheard"));
	}

	@Test
	void noInstanceIsOverlookedWhenRedisLosesItsData() {
		introduce();
		two.breaker().transitionToForcedOpenState();
		raw.commands().flushall();
		assertThat(unacknowledged(one, new Below("unheard"))).containsExactly(two.name());
		two.recover();
		raw.commands().flushall();
		awaitAcknowledged();
	}

	@Test
	void noInstanceIsOverlookedWhenRedisRestartsEmptyAndAnInstanceIsNew() throws Exception {
		try (LocalRedis other = LocalRedis.start();
				CuttableLink link = CuttableLink.to(other);
				RegionInstance deaf = RegionInstance.join(link.originProperties())) {
			link.cut();
			other.restart();
			try (RegionInstance fresh = RegionInstance.join(other.originProperties())) {
				fresh.cache().forget(new Below("a")).block(PATIENCE);
				// no other instance knows of it, but it knows that it may miss purges
				assertThat(deaf.cache().isReceivingPurges()).isFalse();
			}
		}
	}

	@Test
	void aPurgeIsNotAcknowledgedWhileAListenerIsStillRunning() {
		introduce();
		CountDownLatch over = new CountDownLatch(1);
		two.onPurge(() -> RegionInstance.await(() -> over.getCount() == 0));
		try {
			assertThat(unacknowledged(one, new Below("long"))).containsExactly(two.name());
		}
		finally {
			over.countDown();
			two.onPurge(() -> {
			});
		}
	}

	@Test
	void anInstanceThatHasLeftIsNotWaitedFor() {
		String name;
		try (RegionInstance leaving = RegionInstance.join(redis.originProperties())) {
			name = leaving.name();
			awaitAcknowledged();
		}
		assertThat(raw.commands().hkeys(RedisKeys.PREFIX + "instances")).contains(name);
		awaitAcknowledged();
	}

	@Test
	void anInstanceThatHasDiedIsNamedUntilItsHeartbeatExpires() {
		RegionInstance dying = RegionInstance.join(redis.originProperties());
		dying.breaker().transitionToForcedOpenState();
		assertThat(unacknowledged(one, new Below("a"))).containsExactly(dying.name());
		await(() -> unacknowledged(one, new Below("b")).isEmpty());
		await(() -> !raw.commands().hexists(RedisKeys.PREFIX + "instances", dying.name()));
		dying.close();
	}

	@Test
	void garbageInPlaceOfTheInstancesIsReplaced() {
		raw.commands().set(RedisKeys.PREFIX + "instances", text("garbage"));
		awaitAcknowledged();
		raw.commands().hset(RedisKeys.PREFIX + "instances", "garbage-1", text("nonsense"));
		awaitAcknowledged();
	}

	/** Waits until one knows two again after the data of Redis was deleted. */
	private static void introduce() {
		await(() -> raw.commands().hlen(RedisKeys.PREFIX + "instances") >= 2);
		awaitAcknowledged();
	}

	/**
	 * Purges until all instances acknowledge in time, which a machine that is busy with
	 * other things may prevent. An acknowledgement without the purge fails at once.
	 */
	private static void awaitAcknowledged() {
		await(() -> {
			Below selection = new Below("acknowledged/" + attempts.incrementAndGet());
			if (!unacknowledged(one, selection).isEmpty()) {
				return false;
			}
			assertThat(Collections.frequency(two.purges(), selection)).isEqualTo(2);
			return true;
		});
	}

	private static List<String> unacknowledged(RegionInstance instance, ImageSelection selection) {
		return instance.cache().forget(selection).map(RegionalPurge::unacknowledged).block(PATIENCE);
	}

	private static byte[] text(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

}
