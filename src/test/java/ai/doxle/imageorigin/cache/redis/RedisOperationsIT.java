package ai.doxle.imageorigin.cache.redis;

import java.util.Arrays;
import java.util.Map;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.lettuce.core.KillArgs;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import reactor.core.Disposable;

import ai.doxle.imageorigin.cache.RegionalAnswer.Held;
import ai.doxle.imageorigin.cache.RegionalAnswer.Loading;
import ai.doxle.imageorigin.cache.redis.link.RedisKeys;
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
 * Operations on a Redis in use.
 */
@ExtendWith(OutputCaptureExtension.class)
class RedisOperationsIT extends TwoInstances {

	private static final ImageKey KEY = new ImageKey("projects/123/blocks/456/img.jpg");

	private static final byte[] BYTES = image(3 * ImageChunk.SIZE + 12_345, 5);

	@Test
	void knowsItsScriptsAfterScriptFlush() {
		one.load(KEY, head(BYTES, "v1"), BYTES);
		raw.commands().scriptFlush();
		assertThat(two.held(KEY)).isEqualTo(BYTES);
		raw.commands().scriptFlush();
		assertThat(one.cache().forget(new ImageSelection.OneImage(KEY)).block(PATIENCE).images()).isEqualTo(1);
		assertThat(one.errors("other")).isZero();
	}

	@Test
	void goesOnAfterItsConnectionsWereKilled() {
		one.load(KEY, head(BYTES, "v1"), BYTES);
		for (int i = 0; i < 5; i++) {
			raw.commands().clientKill(KillArgs.Builder.typeNormal().skipme());
			await(() -> two.claim(KEY) instanceof Held && one.claim(KEY) instanceof Held);
			one.awaitAvailable();
			two.awaitAvailable();
			assertThat(two.held(KEY)).isEqualTo(BYTES);
		}
	}

	@Test
	void goesOnAfterFlushAllInTheMiddleOfALoad() {
		ImageBytes filling = one.allocate(BYTES.length);
		filling.append(buffer(Arrays.copyOf(BYTES, 2 * ImageChunk.SIZE)));
		Disposable loading = one.granted(KEY).keep(head(BYTES, "v1"), filling).subscribe();
		assertThat(two.claim(KEY)).isInstanceOf(Loading.class);
		await(() -> !raw.keys("chunk:*").isEmpty());
		raw.commands().flushall();
		filling.append(buffer(Arrays.copyOfRange(BYTES, 2 * ImageChunk.SIZE, BYTES.length)));
		await(loading::isDisposed);
		filling.release();
		assertThat(two.look(KEY)).isNull();
		await(() -> raw.keys("*chunk:*").isEmpty());
		two.load(KEY, head(BYTES, "v1"), BYTES);
		assertThat(one.held(KEY)).isEqualTo(BYTES);
	}

	@Test
	void saysThatTheMemoryIsFullAndThatItIsNotAnyMore(CapturedOutput output) {
		one.load(KEY, head(BYTES, "v1"), BYTES);
		raw.commands().configSet("maxmemory", "1mb");
		raw.commands().configSet("maxmemory-policy", "noeviction");
		try {
			for (int i = 0; i < 20; i++) {
				one.load(new ImageKey("full/" + i), head(BYTES, "v1"), BYTES);
				assertThat(one.held(KEY)).isEqualTo(BYTES);
			}
			assertThat(one.breaker().getState()).isEqualTo(CircuitBreaker.State.CLOSED);
			assertThat(one.health().getStatus()).isEqualTo(Status.UNKNOWN);
			assertThat(one.health().getDetails().get("errors"))
				.isEqualTo(Map.of("oom", "its memory is full, and it may evict nothing (OOM)"));
			assertThat(one.errors("oom")).isGreaterThanOrEqualTo(20);
			assertThat(one.look(new ImageKey("full/1"))).isNull();
		}
		finally {
			raw.commands().configSet("maxmemory", "0");
		}
		int[] asked = { 0 };
		await(() -> {
			one.load(new ImageKey("room/" + asked[0]++), head(BYTES, "v1"), BYTES);
			return one.health().getStatus().equals(Status.UP);
		});
		// the other instance says so as well if a heartbeat of its own was refused
		assertThat(output.toString().lines().filter((line) -> line.contains("Redis: its memory is full")).count())
			.isBetween(1L, 2L);
		assertThat(output).containsOnlyOnce("Redis takes writes again");
	}

	@Test
	void aJournalOfAnotherTypeIsDeletedOnce(CapturedOutput output) {
		String journal = RedisKeys.PREFIX + "purges";
		raw.commands().del(journal);
		raw.commands().lpush(journal, BYTES);
		await(() -> !raw.commands().type(journal).equals("list"));
		assertThat(one.cache().forget(new ImageSelection.OneImage(KEY)).block(PATIENCE).images()).isZero();
		assertThat(raw.commands().type(journal)).isEqualTo("stream");
		await(() -> two.position().equals(one.position()));
		assertThat(output).containsOnlyOnce("Redis had a list where purges are written: it was deleted");
	}

}
