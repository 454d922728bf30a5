package ai.doxle.imageorigin.delivery.load;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

import ai.doxle.imageorigin.delivery.lookup.LookupTrail;
import ai.doxle.imageorigin.image.ByteSpan;
import ai.doxle.imageorigin.image.ETag;
import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.offheap.CachedImage;
import ai.doxle.imageorigin.offheap.ImageBytes;
import ai.doxle.imageorigin.offheap.ImageMemory;
import ai.doxle.imageorigin.runtime.ResourceScope;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The watchdog, on a clock that overflows meanwhile, as {@link System#nanoTime} may.
 */
class StalledLoadTests {

	private static final Duration TIMEOUT = Duration.ofSeconds(10);

	private static final long START = Long.MAX_VALUE - Duration.ofMinutes(1).toNanos();

	private static final long LIMIT = Duration.ofMinutes(2).toNanos();

	private final ImageMemory memory = new ImageMemory(1000, 1000, 1000);

	private final List<SharedLoad> over = new ArrayList<>();

	private final SharedLoad load = new SharedLoad(new ImageKey("a.gif"), this.over::add);

	@AfterEach
	void nothingIsLeftInMemory() {
		assertThat(this.memory.used()).isZero();
	}

	@Test
	void endsALoadThatNeverBegins() {
		assertThat(this.load.endIfStalled(START)).isFalse();
		assertThat(this.load.endIfStalled(START + LIMIT)).isFalse();
		assertThat(this.over).isEmpty();
		assertThat(this.load.endIfStalled(START + LIMIT + 1)).isTrue();
		StepVerifier.create(this.load.start()).expectError(ImageFailure.TimedOut.class).verify(TIMEOUT);
		assertThat(this.load.completion().block(TIMEOUT)).isFalse();
		assertThat(this.over).containsExactly(this.load);
	}

	@Test
	void endsALoadWhoseBodyHasStopped() {
		ImageBytes bytes = begin();
		Mono<Void> reader = bytes.read(ByteSpan.whole(bytes.length()))
			.doOnNext(DataBufferUtils::release)
			.then()
			.cache();
		reader.subscribe((done) -> {
		}, (failure) -> {
		});
		assertThat(this.load.endIfStalled(START)).isFalse();
		append(bytes);
		assertThat(this.load.endIfStalled(START + LIMIT)).isFalse();
		assertThat(this.load.endIfStalled(START + LIMIT + LIMIT)).isFalse();
		assertThat(this.load.endIfStalled(START + LIMIT + LIMIT + 1)).isTrue();
		StepVerifier.create(reader).expectError(ImageFailure.TimedOut.class).verify(TIMEOUT);
		assertThat(this.load.completion().block(TIMEOUT)).isFalse();
		assertThat(this.over).containsExactly(this.load);
	}

	@Test
	void leavesALoadThatGoesOnHoweverSlowly() {
		ImageBytes bytes = begin();
		long now = START;
		for (int i = 0; i < 10; i++) {
			append(bytes);
			assertThat(this.load.endIfStalled(now)).isFalse();
			now += LIMIT;
			assertThat(this.load.endIfStalled(now)).isFalse();
			now += LIMIT;
		}
		assertThat(this.over).isEmpty();
		this.load.end(true);
	}

	private ImageBytes begin() {
		ImageBytes bytes = this.memory.allocate(100);
		this.load.scope().own(bytes::endLoad);
		ImageHead head = new ImageHead(new ETag("one", false), Instant.EPOCH, 100, "image/gif", null);
		this.load.begin(new LoadStart.Buffering(new CachedImage(head, bytes), () -> {
		}, LookupTrail.EMPTY), ResourceScope.ofResponse());
		return bytes;
	}

	private static void append(ImageBytes bytes) {
		bytes.append(DefaultDataBufferFactory.sharedInstance.wrap("0123456789".getBytes(StandardCharsets.US_ASCII)));
	}

}
