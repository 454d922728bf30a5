package ai.doxle.imageorigin.telemetry;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

import ai.doxle.imageorigin.cache.RegionalAnswer;
import ai.doxle.imageorigin.cache.RegionalCache;
import ai.doxle.imageorigin.cache.RegionalPurge;
import ai.doxle.imageorigin.image.ETag;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSelection;

import static org.assertj.core.api.Assertions.assertThat;

class MeteredRegionalCacheTests {

	private static final Duration TIMEOUT = Duration.ofSeconds(20);

	private static final ImageKey KEY = new ImageKey("a");

	private static final ImageHead HEAD = new ImageHead(new ETag("v1", false), Instant.EPOCH, 5, "image/png", null);

	private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

	private final Deque<RegionalAnswer> answers = new ArrayDeque<>();

	private final RegionalCache region = new MeteredRegionalCache(new StubRegion(this.answers),
			new RegionalMeters(this.registry));

	@Test
	void countsWhatTheRegionSays() {
		this.answers.addAll(List.of(new RegionalAnswer.Unavailable(), new RegionalAnswer.Missing()));
		StepVerifier.create(this.region.claim(KEY)).expectNextCount(1).expectComplete().verify(TIMEOUT);
		StepVerifier.create(this.region.look(KEY)).expectNextCount(1).expectComplete().verify(TIMEOUT);
		assertThat(answers("claim", "unavailable")).isEqualTo(1);
		assertThat(answers("claim", "missing")).isEqualTo(0);
		assertThat(answers("look", "missing")).isEqualTo(1);
	}

	@Test
	void countsBytesThatAreReadHeldOrLoading() {
		RegionalAnswer.Held held = new RegionalAnswer.Held(HEAD, Flux.just(buffer(), buffer()));
		this.answers.addAll(List.of(held, new RegionalAnswer.Loading(Mono.just(held))));
		StepVerifier.create(this.region.claim(KEY).flatMapMany((answer) -> ((RegionalAnswer.Held) answer).body()))
			.expectNextCount(2)
			.expectComplete()
			.verify(TIMEOUT);
		assertThat(bytes("read")).isEqualTo(10);
		StepVerifier
			.create(this.region.claim(KEY)
				.flatMap((answer) -> ((RegionalAnswer.Loading) answer).image())
				.flatMapMany(RegionalAnswer.Held::body))
			.expectNextCount(2)
			.expectComplete()
			.verify(TIMEOUT);
		assertThat(bytes("read")).isEqualTo(20);
	}

	@Test
	void timesAcknowledgementsAndCountsThoseThatAreMissing() {
		StepVerifier.create(this.region.forget(new ImageSelection.OneImage(KEY)))
			.expectNextCount(1)
			.expectComplete()
			.verify(TIMEOUT);
		assertThat(this.registry.get("image.origin.purge.acknowledgements").timer().totalTime(TimeUnit.MILLISECONDS))
			.isEqualTo(700);
		assertThat(this.registry.get("image.origin.purge.unacknowledged").counter().count()).isEqualTo(2);
	}

	@Test
	void saysWhetherPurgesAreReceived() {
		assertThat(this.region.isReceivingPurges()).isFalse();
	}

	private double answers(String question, String answer) {
		return this.registry.get("image.origin.regional.answers")
			.tags("question", question, "answer", answer)
			.timer()
			.count();
	}

	private double bytes(String direction) {
		return this.registry.get("image.origin.regional.bytes").tag("direction", direction).counter().count();
	}

	private static DataBuffer buffer() {
		return DefaultDataBufferFactory.sharedInstance.wrap("bytes".getBytes(StandardCharsets.UTF_8));
	}

	private record StubRegion(Deque<RegionalAnswer> answers) implements RegionalCache {

		@Override
		public Mono<RegionalAnswer> claim(ImageKey key) {
			return Mono.fromSupplier(this.answers::poll);
		}

		@Override
		public Mono<RegionalAnswer> look(ImageKey key) {
			return claim(key);
		}

		@Override
		public boolean takes(long length) {
			return true;
		}

		@Override
		public Mono<RegionalPurge> forget(ImageSelection selection) {
			return Mono.just(new RegionalPurge(1, List.of("deaf-1", "deaf-2"), Duration.ofMillis(700)));
		}

		@Override
		public boolean isReceivingPurges() {
			return false;
		}

	}

}
