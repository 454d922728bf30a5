package ai.doxle.imageorigin.admin;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import ai.doxle.imageorigin.delivery.WarmResult;
import ai.doxle.imageorigin.image.ImageKey;

import static org.assertj.core.api.Assertions.assertThat;

class ImageWarmingTests {

	private final Set<ImageKey> asked = ConcurrentHashMap.newKeySet();

	@Test
	void loadsAFewAtATime() {
		Sinks.One<WarmResult> gate = Sinks.one();
		StubImages images = stub(gate.asMono());
		try (ImageWarming warming = new ImageWarming(images, Runnable::run)) {
			assertThat(warming.offer(keys(10))).isTrue();
			assertThat(images.underWay).hasValue(ImageWarming.CONCURRENCY);
			gate.tryEmitValue(WarmResult.CACHED).orThrow();
			assertThat(this.asked).hasSize(10);
			assertThat(images.underWay).hasValue(0);
		}
	}

	@Test
	void loadsWhatHasWaitedByTheExecutor() {
		Queue<Runnable> work = new ArrayDeque<>();
		Sinks.One<WarmResult> gate = Sinks.one();
		try (ImageWarming warming = new ImageWarming(stub(gate.asMono()), work::add)) {
			assertThat(warming.offer(keys(ImageWarming.CONCURRENCY + 1))).isTrue();
			assertThat(this.asked).isEmpty();
			while (!work.isEmpty()) {
				work.remove().run();
			}
			assertThat(this.asked).hasSize(ImageWarming.CONCURRENCY);
			gate.tryEmitValue(WarmResult.CACHED).orThrow();
			assertThat(this.asked).hasSize(ImageWarming.CONCURRENCY);
			work.remove().run();
			assertThat(this.asked).hasSize(ImageWarming.CONCURRENCY + 1);
		}
	}

	@Test
	void refusesWhenTooManyWait() {
		StubImages images = stub(Mono.never());
		try (ImageWarming warming = new ImageWarming(images, Runnable::run)) {
			long accepted = IntStream.range(0, 100).filter((i) -> warming.offer(keys(1))).count();
			assertThat(accepted).isBetween((long) ImageWarming.MAX_WAITING, ImageWarming.MAX_WAITING + 2L);
		}
	}

	@Test
	void goesOnAfterFailuresAndAbsences() {
		StubImages images = new StubImages((key) -> {
			this.asked.add(key);
			return key.value().endsWith("1") ? Mono.error(new IllegalStateException("S3 is down")) : Mono.empty();
		});
		try (ImageWarming warming = new ImageWarming(images, Runnable::run)) {
			assertThat(warming.offer(keys(5))).isTrue();
			assertThat(warming.offer(List.of(new ImageKey("another")))).isTrue();
			assertThat(this.asked).hasSize(6);
		}
	}

	private StubImages stub(Mono<WarmResult> answer) {
		return new StubImages((key) -> {
			this.asked.add(key);
			return answer;
		});
	}

	private static List<ImageKey> keys(int count) {
		return IntStream.range(0, count).mapToObj((i) -> new ImageKey("image-" + i)).toList();
	}

}
