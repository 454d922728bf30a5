package ai.doxle.imageorigin.admin;

import java.time.Duration;
import java.time.Instant;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.util.unit.DataSize;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;
import tools.jackson.databind.json.JsonMapper;

import ai.doxle.imageorigin.cache.LocalCache;
import ai.doxle.imageorigin.cache.RegionalAnswer;
import ai.doxle.imageorigin.cache.memory.MemoryCacheProperties;
import ai.doxle.imageorigin.cache.memory.MemoryImageCache;
import ai.doxle.imageorigin.image.ETag;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;

import static org.assertj.core.api.Assertions.assertThat;

class CachedHeadsTests {

	private static final Duration TIMEOUT = Duration.ofSeconds(20);

	private final LocalCache memory = new MemoryImageCache(
			new MemoryCacheProperties(DataSize.ofMegabytes(1), DataSize.ofMegabytes(1)));

	@Test
	void describesWhatTheRegionHolds() {
		ImageHead head = new ImageHead(new ETag("v1", false), Instant.parse("2026-11-25T10:00:00Z"), 42, "image/png",
				null);
		assertThat(find(new RegionalAnswer.Held(head, Flux.error(new IllegalStateException("nobody reads it")))))
			.isEqualTo("{\"key\":\"a\",\"memory\":null,\"redis\":{\"etag\":\"\\\"v1\\\"\",\"length\":42,"
					+ "\"mediaType\":\"image/png\",\"lastModified\":\"2026-11-25T10:00:00Z\"}}");
	}

	@ParameterizedTest
	@MethodSource("nothing")
	void saysNullWhereTheRegionHoldsNothing(RegionalAnswer answer) {
		assertThat(find(answer)).isEqualTo("{\"key\":\"a\",\"memory\":null,\"redis\":null}");
	}

	static RegionalAnswer[] nothing() {
		return new RegionalAnswer[] { new RegionalAnswer.Missing(),
				new RegionalAnswer.KnownAbsent(Duration.ofSeconds(1)), new RegionalAnswer.Off() };
	}

	@Test
	void saysThatTheRegionCannotBeAsked() {
		assertThat(find(new RegionalAnswer.Unavailable()))
			.isEqualTo("{\"key\":\"a\",\"memory\":null,\"redis\":null,\"unavailable\":\"redis\"}");
	}

	private String find(RegionalAnswer answer) {
		CachedHeads heads = new CachedHeads(this.memory, new StubRegion(answer, Mono.empty()));
		String[] json = new String[1];
		StepVerifier.create(heads.find(new ImageKey("a")))
			.consumeNextWith((members) -> json[0] = JsonMapper.shared().writeValueAsString(members))
			.expectComplete()
			.verify(TIMEOUT);
		return json[0];
	}

}
