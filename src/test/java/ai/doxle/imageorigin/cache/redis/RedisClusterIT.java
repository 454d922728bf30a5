package ai.doxle.imageorigin.cache.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import io.lettuce.core.cluster.SlotHash;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.cache.RegionalAnswer.Granted;
import ai.doxle.imageorigin.cache.RegionalAnswer.Held;
import ai.doxle.imageorigin.cache.RegionalAnswer.Loading;
import ai.doxle.imageorigin.cache.RegionalAnswer.Unavailable;
import ai.doxle.imageorigin.cache.RegionalPurge;
import ai.doxle.imageorigin.harness.LocalRedis;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSelection;
import ai.doxle.imageorigin.offheap.ImageBytes;

import static ai.doxle.imageorigin.cache.redis.RegionInstance.PATIENCE;
import static ai.doxle.imageorigin.cache.redis.RegionInstance.await;
import static ai.doxle.imageorigin.cache.redis.RegionInstance.buffer;
import static ai.doxle.imageorigin.cache.redis.RegionInstance.head;
import static ai.doxle.imageorigin.cache.redis.RegionInstance.image;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * The cache on a real cluster of three nodes.
 */
class RedisClusterIT {

	private static final int NODES = 3;

	private static final ImageKey KEY = new ImageKey("projects/123/blocks/456/img.jpg");

	private final List<LocalRedis> servers = new ArrayList<>();

	private final List<RawRedis> nodes = new ArrayList<>();

	private RegionInstance one;

	private RegionInstance two;

	@BeforeEach
	void start() {
		for (int i = 0; i < NODES; i++) {
			LocalRedis server = startNode();
			this.servers.add(server);
			this.nodes.add(new RawRedis(server.host(), server.port()));
		}
		for (int i = 0; i < NODES; i++) {
			int first = SlotHash.SLOT_COUNT * i / NODES;
			int end = SlotHash.SLOT_COUNT * (i + 1) / NODES;
			this.nodes.get(i).commands().clusterAddSlots(IntStream.range(first, end).toArray());
			this.nodes.get(i).commands().clusterMeet(this.servers.getFirst().host(), this.servers.getFirst().port());
		}
		this.nodes.forEach((node) -> await(() -> node.commands().clusterInfo().contains("cluster_state:ok")
				&& node.commands().clusterInfo().contains("cluster_slots_assigned:16384")));
		this.one = RegionInstance.join(properties());
		this.two = RegionInstance.start(properties(), Map.of("image-origin.cache.redis.command-timeout", "1s"));
		this.two.awaitAvailable();
	}

	private static LocalRedis startNode() {
		return LocalRedis.start("cluster-enabled yes", "cluster-node-timeout 2000", "cluster-require-full-coverage no",
				"cluster-config-file nodes-" + System.nanoTime() + ".conf");
	}

	private Properties properties() {
		Properties properties = this.servers.getFirst().originProperties();
		properties.remove("spring.data.redis.host");
		properties.remove("spring.data.redis.port");
		properties.setProperty("spring.data.redis.cluster.nodes",
				this.servers.stream()
					.map((server) -> server.host() + ":" + server.port())
					.collect(Collectors.joining(",")));
		return properties;
	}

	@AfterEach
	void stop() {
		this.one.close();
		this.two.close();
		this.nodes.forEach(RawRedis::close);
		this.servers.forEach(LocalRedis::close);
	}

	@Test
	void keepsFollowsAndPurges() {
		byte[] bytes = image(8 * 1024 * 1024, 1);
		ImageHead head = head(bytes, "v1");
		ImageBytes filling = this.one.allocate(bytes.length);
		Disposable loading = this.one.granted(KEY).keep(head, filling).subscribe();
		Held held = ((Loading) this.two.claim(KEY)).image().block(PATIENCE);
		filling.append(buffer(bytes));
		assertThat(RegionInstance.bytes(held)).isEqualTo(bytes);
		await(loading::isDisposed);
		filling.release();
		assertThat(this.two.held(KEY)).isEqualTo(bytes);
		assertThat(this.nodes).allSatisfy((node) -> assertThat(node.keys("chunk:*")).hasSizeGreaterThan(3));
		assertThat(this.two.cache()
			.forget(new ImageSelection.Tagged("project:123"))
			.map(RegionalPurge::images)
			.block(PATIENCE)).isEqualTo(1);
		assertThat(this.nodes).allSatisfy((node) -> assertThat(node.keys("chunk:*")).isEmpty());
		await(() -> this.one.purges().size() >= 2);
	}

	@Test
	void holdsManyImagesOnAllNodes() {
		List<ImageKey> keys = RegionInstance.keys("many/%d/img.jpg", 60);
		Map<ImageKey, byte[]> images = keys.stream()
			.collect(Collectors.toMap((key) -> key, (key) -> image(1000 + key.hashCode() % 100, key.hashCode())));
		images.forEach((key, bytes) -> this.one.load(key, head(bytes, "v1"), bytes));
		images.forEach((key, bytes) -> assertThat(this.two.held(key)).isEqualTo(bytes));
		assertThat(this.nodes).allSatisfy((node) -> assertThat(node.keys("*head")).isNotEmpty());
		assertThat(this.one.cache().forget(new ImageSelection.Below("many")).map(RegionalPurge::images).block(PATIENCE))
			.isEqualTo(60);
	}

	@Test
	void purgesTenThousandNames() {
		int names = 10_000;
		Flux.fromIterable(RegionInstance.keys("many/%d.jpg", names))
			.flatMap((key) -> this.one.index().add(key, Duration.ofMinutes(5)), 64)
			.blockLast(PATIENCE);
		Duration before = processorTime();
		assertThat(this.two.index()
			.delete(new ImageSelection.Below("many"), Mono::just)
			.distinct()
			.count()
			.block(PATIENCE)).isEqualTo(names);
		System.out.printf("purged %,d names of a cluster in %d ms of the processor%n", names,
				processorTime().minus(before).toMillis());
	}

	/** Of this process, which the instances of this test share. */
	private static Duration processorTime() {
		return ProcessHandle.current().info().totalCpuDuration().orElseThrow();
	}

	@Test
	void answersWhileANodeIsStopped() {
		List<ImageKey> keys = RegionInstance.keys("stopped/%d", 30);
		byte[] bytes = image(1000, 1);
		keys.forEach((key) -> this.one.load(key, head(bytes, "v1"), bytes));
		this.servers.getLast().pause();
		try {
			keys.forEach((key) -> assertThat(this.two.claim(key)).isInstanceOfAny(Held.class, Unavailable.class));
		}
		finally {
			this.servers.getLast().resume();
		}
		await(() -> this.nodes.getLast().commands().clusterInfo().contains("cluster_state:ok"));
		this.two.awaitAvailable();
		await(() -> keys.stream().allMatch((key) -> this.two.claim(key) instanceof Held));
	}

	@Test
	void passesOverANodeThatHangsBeforeItWasAsked() {
		LocalRedis hanging = this.servers.getLast();
		try (RegionInstance fresh = RegionInstance.start(properties(), Map.of())) {
			fresh.awaitAvailable();
			List<ImageKey> keys = keysOf(NODES - 1, 4);
			hanging.pause();
			keys.forEach((key) -> {
				long begin = System.nanoTime();
				assertThat(fresh.claim(key)).isInstanceOf(Unavailable.class);
				System.out.printf("a claim for a node that hangs: Unavailable after %d ms%n",
						Duration.ofNanos(System.nanoTime() - begin).toMillis());
			});
			await(() -> fresh.claim(keysOf(0, 1).getFirst()) instanceof Granted);
		}
		finally {
			hanging.resume();
		}
	}

	/** Images whose head is on a given node. */
	private static List<ImageKey> keysOf(int node, int count) {
		return RegionInstance.keys("slot/%d", 100)
			.stream()
			.filter((key) -> SlotHash.getSlot(new ImageKeys(key).head()) * NODES / SlotHash.SLOT_COUNT == node)
			.limit(count)
			.toList();
	}

	@Test
	void goesOnWithAPromotedReplica() {
		int last = NODES - 1;
		String id = this.nodes.get(last).commands().clusterMyId();
		LocalRedis replica = startNode();
		try (RawRedis inside = new RawRedis(replica.host(), replica.port())) {
			inside.commands().clusterMeet(this.servers.getFirst().host(), this.servers.getFirst().port());
			await(() -> inside.commands().clusterNodes().contains(id));
			inside.commands().clusterReplicate(id);
			await(() -> inside.commands().info("replication").contains("master_link_status:up"));
			List<ImageKey> keys = RegionInstance.keys("promoted/%d", 30);
			byte[] bytes = image(2 * ImageChunk.SIZE, 3);
			keys.forEach((key) -> this.one.load(key, head(bytes, "v1"), bytes));
			this.nodes.get(last).commands().waitForReplication(1, 5_000);
			this.servers.get(last).kill();
			keys.forEach((key) -> assertThat(this.two.claim(key)).isInstanceOfAny(Held.class, Unavailable.class));
			await(() -> inside.commands().info("replication").contains("role:master"));
			this.two.awaitAvailable();
			await(() -> keys.stream().allMatch((key) -> this.two.claim(key) instanceof Held));
			keys.forEach((key) -> assertThat(this.two.held(key)).isEqualTo(bytes));
			this.servers.set(last, replica);
		}
	}

}
