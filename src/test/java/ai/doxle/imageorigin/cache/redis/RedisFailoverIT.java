package ai.doxle.imageorigin.cache.redis;

import java.time.Duration;
import java.util.Map;
import java.util.Properties;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import ai.doxle.imageorigin.cache.RegionalAnswer.Granted;
import ai.doxle.imageorigin.cache.RegionalAnswer.Held;
import ai.doxle.imageorigin.cache.RegionalAnswer.Unavailable;
import ai.doxle.imageorigin.harness.LocalRedis;
import ai.doxle.imageorigin.harness.TcpForwarder;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSelection;

import static ai.doxle.imageorigin.cache.redis.RegionInstance.PATIENCE;
import static ai.doxle.imageorigin.cache.redis.RegionInstance.await;
import static ai.doxle.imageorigin.cache.redis.RegionInstance.head;
import static ai.doxle.imageorigin.cache.redis.RegionInstance.image;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * A primary and its replica behind one address, as in managed services: after a failover
 * the address leads to the new primary, while connections to the old one, now a replica,
 * stay open.
 */
@ExtendWith(OutputCaptureExtension.class)
class RedisFailoverIT {

	private static final ImageKey KEY = new ImageKey("projects/123/blocks/456/img.jpg");

	private static final byte[] BYTES = image(3 * ImageChunk.SIZE + 12_345, 5);

	private LocalRedis one;

	private LocalRedis two;

	private RawRedis first;

	private RawRedis second;

	private TcpForwarder address;

	private RegionInstance instance;

	@BeforeEach
	void start() {
		this.one = LocalRedis.start();
		this.two = LocalRedis.start("replicaof " + this.one.host() + " " + this.one.port());
		this.first = new RawRedis(this.one.host(), this.one.port());
		this.second = new RawRedis(this.two.host(), this.two.port());
		await(() -> this.second.commands().info("replication").contains("master_link_status:up"));
		this.address = new TcpForwarder(this.one.port());
		this.instance = join(this.address.originProperties());
	}

	private static RegionInstance join(Properties redis) {
		RegionInstance instance = RegionInstance.start(redis, Map.of("image-origin.cache.redis.command-timeout", "1s"));
		instance.awaitAvailable();
		return instance;
	}

	@AfterEach
	void stop() {
		assertThat(this.instance.memory().used()).isZero();
		this.instance.close();
		this.address.close();
		this.first.close();
		this.second.close();
		this.one.close();
		this.two.close();
	}

	private void promoteSecond() {
		this.second.commands().replicaofNoOne();
		this.first.commands().replicaof(this.two.host(), this.two.port());
		await(() -> this.first.commands().info("replication").contains("master_link_status:up"));
	}

	/** Claims new images until a lease is granted. */
	private void awaitUse(String directory) {
		long begin = System.nanoTime();
		int[] asked = { 0 };
		await(() -> {
			RegionInstance.sleep(Duration.ofMillis(20));
			return this.instance.claim(new ImageKey(directory + "/" + asked[0]++)) instanceof Granted granted
					&& granted.lease().giveUp().then().blockOptional(PATIENCE).isEmpty();
		});
		System.out.printf("%s: the region is used again after %d ms%n", directory,
				Duration.ofNanos(System.nanoTime() - begin).toMillis());
	}

	@Test
	void usesTheNewPrimaryWithoutRestart(CapturedOutput output) {
		this.instance.load(KEY, head(BYTES, "v1"), BYTES);
		this.first.commands().waitForReplication(1, 5_000);
		promoteSecond();
		this.address.pointTo(this.two.port());
		awaitUse("failed-over");
		assertThat(this.instance.held(KEY)).isEqualTo(BYTES);
		ImageKey other = new ImageKey("projects/123/other.jpg");
		this.instance.load(other, head(BYTES, "v1"), BYTES);
		assertThat(this.second.commands().exists(RedisCacheIT.text(new ImageKeys(other).head()))).isEqualTo(1);
		assertThat(this.instance.cache().forget(new ImageSelection.Tagged("project:123")).block(PATIENCE).images())
			.isEqualTo(2);
		assertThat(this.instance.breaker().getState()).isEqualTo(CircuitBreaker.State.CLOSED);
		assertThat(this.instance.health().getStatus()).isEqualTo(Status.UP);
		assertThat(output).containsOnlyOnce("it is a replica, which takes no writes (READONLY)")
			.containsOnlyOnce("Redis takes writes again");
	}

	@Test
	void readsAndSaysSoWhileTheAddressStillLeadsToTheOldPrimary(CapturedOutput output) {
		this.instance.load(KEY, head(BYTES, "v1"), BYTES);
		this.first.commands().waitForReplication(1, 5_000);
		promoteSecond();
		for (int i = 0; i < 200; i++) {
			assertThat(this.instance.claim(new ImageKey("other/" + i))).isInstanceOf(Unavailable.class);
			assertThat(this.instance.held(KEY)).isEqualTo(BYTES);
			RegionInstance.sleep(Duration.ofMillis(10));
		}
		assertThat(this.instance.breaker().getState()).isEqualTo(CircuitBreaker.State.CLOSED);
		assertThat(this.instance.health().getStatus()).isEqualTo(Status.UNKNOWN);
		assertThat(this.instance.health().getDetails().get("errors"))
			.isEqualTo(Map.of("readonly", "it is a replica, which takes no writes (READONLY)"));
		assertThat(this.instance.errors("readonly")).isGreaterThanOrEqualTo(200);
		assertThat(output).containsOnlyOnce(" WARN ");
		this.address.pointTo(this.two.port());
		awaitUse("late");
	}

	@Test
	void leavesAReplicaThatRefusesReads(CapturedOutput output) {
		this.instance.load(KEY, head(BYTES, "v1"), BYTES);
		this.first.commands().waitForReplication(1, 5_000);
		this.first.commands().configSet("replica-serve-stale-data", "no");
		this.second.commands().replicaofNoOne();
		this.first.commands().replicaof(this.two.host(), 1);
		this.address.pointTo(this.two.port());
		awaitUse("masterdown");
		assertThat(this.instance.held(KEY)).isEqualTo(BYTES);
		assertThat(output).containsOnlyOnce("it is a replica without its primary (MASTERDOWN)");
	}

	@Test
	void leavesAPrimaryThatHangs() {
		this.instance.load(KEY, head(BYTES, "v1"), BYTES);
		this.first.commands().waitForReplication(1, 5_000);
		this.one.pause();
		this.second.commands().replicaofNoOne();
		this.address.pointTo(this.two.port());
		awaitUse("hanging");
		assertThat(this.instance.held(KEY)).isEqualTo(BYTES);
		this.one.resume();
	}

	@Test
	void leavesAPrimaryThatIsCutOff(CapturedOutput output) {
		this.first.commands().configSet("min-replicas-to-write", "1");
		this.second.commands().replicaofNoOne();
		this.address.pointTo(this.two.port());
		awaitUse("cut-off");
		assertThat(output).containsOnlyOnce("it has too few replicas to take writes (NOREPLICAS)");
	}

	@Test
	void anotherFailoverEndsWhereTheFirstBegan() {
		this.instance.load(KEY, head(BYTES, "v1"), BYTES);
		this.first.commands().waitForReplication(1, 5_000);
		promoteSecond();
		this.address.pointTo(this.two.port());
		awaitUse("there");
		this.second.commands().waitForReplication(1, 5_000);
		this.first.commands().replicaofNoOne();
		this.second.commands().replicaof(this.one.host(), this.one.port());
		this.address.pointTo(this.one.port());
		awaitUse("back");
		assertThat(((Held) this.instance.claim(KEY)).head()).isEqualTo(head(BYTES, "v1"));
		assertThat(this.instance.held(KEY)).isEqualTo(BYTES);
		await(() -> this.address.connections() == 1);
	}

}
