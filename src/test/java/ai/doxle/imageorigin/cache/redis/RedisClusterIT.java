package ai.doxle.imageorigin.cache.redis;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import ai.doxle.imageorigin.cache.ImageBytes;
import ai.doxle.imageorigin.cache.RegionalAnswer.Held;
import ai.doxle.imageorigin.cache.RegionalAnswer.Loading;
import ai.doxle.imageorigin.cache.RegionalAnswer.Unavailable;
import ai.doxle.imageorigin.harness.LocalRedis;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSelection;
import io.lettuce.core.cluster.SlotHash;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;

import static ai.doxle.imageorigin.cache.redis.RegionInstance.PATIENCE;
import static ai.doxle.imageorigin.cache.redis.RegionInstance.await;
import static ai.doxle.imageorigin.cache.redis.RegionInstance.buffer;
import static ai.doxle.imageorigin.cache.redis.RegionInstance.head;
import static ai.doxle.imageorigin.cache.redis.RegionInstance.image;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * The same on a real cluster of three.
 */
class RedisClusterIT {

	private static final int NODES = 3;

	private static final ImageKey KEY = new ImageKey("projects/123/blocks/456/img.jpg");

	private static final List<LocalRedis> servers = new ArrayList<>();

	private static final List<RawRedis> nodes = new ArrayList<>();

	private static RegionInstance one;

	private static RegionInstance two;

	@BeforeAll
	static void start() {
		for (int i = 0; i < NODES; i++) {
			LocalRedis server = LocalRedis.start("cluster-enabled yes", "cluster-node-timeout 2000",
					"cluster-require-full-coverage no", "cluster-config-file nodes-" + System.nanoTime() + ".conf");
			servers.add(server);
			nodes.add(new RawRedis(server.host(), server.port()));
		}
		for (int i = 0; i < NODES; i++) {
			int first = SlotHash.SLOT_COUNT * i / NODES;
			int end = SlotHash.SLOT_COUNT * (i + 1) / NODES;
			nodes.get(i).commands().clusterAddSlots(IntStream.range(first, end).toArray());
			nodes.get(i).commands().clusterMeet(servers.getFirst().host(), servers.getFirst().port());
		}
		nodes.forEach((node) -> await(() -> node.commands().clusterInfo().contains("cluster_state:ok")
				&& node.commands().clusterInfo().contains("cluster_slots_assigned:16384")));
		one = RegionInstance.join(properties());
		two = RegionInstance.join(properties());
	}

	private static Properties properties() {
		Properties properties = servers.getFirst().originProperties();
		properties.remove("spring.data.redis.host");
		properties.remove("spring.data.redis.port");
		properties.setProperty("spring.data.redis.cluster.nodes",
				servers.stream().map((server) -> server.host() + ":" + server.port()).collect(Collectors.joining(",")));
		return properties;
	}

	@AfterAll
	static void stop() {
		one.close();
		two.close();
		nodes.forEach(RawRedis::close);
		servers.forEach(LocalRedis::close);
	}

	@Test
	void keepsFollowsAndPurges() {
		byte[] bytes = image(8 * 1024 * 1024, 1);
		ImageHead head = head(bytes, "v1");
		ImageBytes filling = one.allocate(bytes.length);
		Disposable loading = one.granted(KEY).keep(head, filling).subscribe();
		Held held = ((Loading) two.claim(KEY)).image().block(PATIENCE);
		filling.append(buffer(bytes));
		assertThat(RegionInstance.bytes(held)).isEqualTo(bytes);
		await(loading::isDisposed);
		filling.release();
		assertThat(two.held(KEY)).isEqualTo(bytes);
		assertThat(nodes).allSatisfy((node) -> assertThat(node.keys("chunk:*")).hasSizeGreaterThan(3));
		assertThat(two.cache().forget(new ImageSelection.Tagged("project:123")).block(PATIENCE)).isEqualTo(1);
		assertThat(nodes).allSatisfy((node) -> assertThat(node.keys("chunk:*")).isEmpty());
		await(() -> one.purges().size() >= 2);
	}

	@Test
	void holdsManyImagesOnAllNodes() {
		List<ImageKey> keys = RegionInstance.keys("many/%d/img.jpg", 60);
		Map<ImageKey, byte[]> images = keys.stream()
			.collect(Collectors.toMap((key) -> key, (key) -> image(1000 + key.hashCode() % 100, key.hashCode())));
		images.forEach((key, bytes) -> one.load(key, head(bytes, "v1"), bytes));
		images.forEach((key, bytes) -> assertThat(two.held(key)).isEqualTo(bytes));
		assertThat(nodes).allSatisfy((node) -> assertThat(node.keys("*head")).isNotEmpty());
		assertThat(one.cache().forget(new ImageSelection.Below("many")).block(PATIENCE)).isEqualTo(60);
	}

	@Test
	void answersWhileANodeIsStopped() {
		List<ImageKey> keys = RegionInstance.keys("stopped/%d", 30);
		byte[] bytes = image(1000, 1);
		keys.forEach((key) -> one.load(key, head(bytes, "v1"), bytes));
		servers.getLast().pause();
		keys.forEach((key) -> assertThat(two.claim(key)).isInstanceOfAny(Held.class, Unavailable.class));
		servers.getLast().resume();
		await(() -> nodes.getLast().commands().clusterInfo().contains("cluster_state:ok"));
		two.awaitWell();
		await(() -> keys.stream().allMatch((key) -> two.claim(key) instanceof Held));
	}

}
