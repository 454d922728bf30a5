package ai.doxle.imageorigin.web.body;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

import ai.doxle.imageorigin.image.ByteSpan;
import ai.doxle.imageorigin.image.ETag;
import ai.doxle.imageorigin.image.ImageHead;

import static org.assertj.core.api.Assertions.assertThat;

class MultipartByteRangesTests {

	private static final Duration TIMEOUT = Duration.ofSeconds(10);

	private static final String CONTENT = "0123456789abcdefghij";

	private static final ImageHead HEAD = new ImageHead(new ETag("v1", false), Instant.EPOCH, CONTENT.length(),
			"image/png", null);

	private final List<ByteSpan> opened = new ArrayList<>();

	private final MultipartByteRanges parts = new MultipartByteRanges(HEAD,
			List.of(new ByteSpan(15, 19), new ByteSpan(0, 0), new ByteSpan(5, 14)), bytes(new ByteSpan(15, 19)),
			(span) -> bytes(span).doOnSubscribe((subscription) -> this.opened.add(span)));

	@Test
	void writesThePartsInOrder() {
		String boundary = this.parts.mediaType().replace("multipart/byteranges; boundary=", "");
		String expected = String.join("\r\n", "", "--" + boundary, "Content-Type: image/png",
				"Content-Range: bytes 15-19/20", "", "fghij", "--" + boundary, "Content-Type: image/png",
				"Content-Range: bytes 0-0/20", "", "0", "--" + boundary, "Content-Type: image/png",
				"Content-Range: bytes 5-14/20", "", "56789abcde", "--" + boundary + "--", "");
		StepVerifier.create(text()).expectNext(expected).expectComplete().verify(TIMEOUT);
	}

	@Test
	void declaresTheLengthOfItsBody() {
		StepVerifier.create(text().map(String::length).map(Integer::longValue))
			.expectNext(this.parts.length())
			.expectComplete()
			.verify(TIMEOUT);
	}

	@Test
	void opensEachPartWhenItsTurnComes() {
		StepVerifier.create(this.parts.body(), 0)
			.thenRequest(2)
			.expectNextCount(2)
			.then(() -> assertThat(this.opened).isEmpty())
			.thenRequest(2)
			.expectNextCount(2)
			.then(() -> assertThat(this.opened).containsExactly(new ByteSpan(0, 0)))
			.thenCancel()
			.verify(TIMEOUT);
	}

	@Test
	void failsIfAPartFails() {
		MultipartByteRanges failing = new MultipartByteRanges(HEAD, List.of(new ByteSpan(0, 0), new ByteSpan(5, 6)),
				bytes(new ByteSpan(0, 0)), (span) -> Flux.error(new IllegalStateException("broken")));
		StepVerifier.create(failing.body()).expectNextCount(3).expectErrorMessage("broken").verify(TIMEOUT);
	}

	private Mono<String> text() {
		return this.parts.body()
			.map((piece) -> piece.toString(StandardCharsets.US_ASCII))
			.collectList()
			.map((pieces) -> String.join("", pieces));
	}

	private static Flux<DataBuffer> bytes(ByteSpan span) {
		return Flux.defer(() -> Flux.just(DefaultDataBufferFactory.sharedInstance
			.wrap(CONTENT.substring((int) span.first(), (int) span.last() + 1).getBytes(StandardCharsets.US_ASCII))));
	}

}
