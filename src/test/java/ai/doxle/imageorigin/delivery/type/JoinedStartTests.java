package ai.doxle.imageorigin.delivery.type;

import java.nio.charset.StandardCharsets;
import java.time.Duration;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;

import ai.doxle.imageorigin.image.ImageSignature;

class JoinedStartTests {

	private static final Duration TIMEOUT = Duration.ofSeconds(10);

	private static final String TEXT = "abcdefghijklmnopqrstuvwxyz".repeat(200);

	@ParameterizedTest
	@ValueSource(ints = { 1, 7, 64, 1000 })
	void isTheSameBytesHoweverTheyCome(int size) {
		StepVerifier.create(joined(size).map(JoinedStartTests::text).reduce("", String::concat))
			.expectNext(TEXT)
			.expectComplete()
			.verify(TIMEOUT);
	}

	@Test
	void joinsUntilTheTypeIsTold() {
		StepVerifier.create(joined(5).map(JoinedStartTests::text), 1).assertNext((start) -> {
			if (start.length() < ImageSignature.LENGTH * 2 || start.length() > ImageSignature.LENGTH * 2 + 4) {
				throw new AssertionError(start.length() + " bytes");
			}
		}).thenRequest(1).expectNextMatches((piece) -> piece.length() == 5).thenCancel().verify(TIMEOUT);
	}

	@Test
	void isAllOfABodyThatNeverTells() {
		StepVerifier.create(new JoinedStart(pieces(5), (start) -> true).map(JoinedStartTests::text), 1)
			.expectNext(TEXT)
			.expectComplete()
			.verify(TIMEOUT);
	}

	@Test
	void isNothingWhereThereIsNoBody() {
		StepVerifier.create(new JoinedStart(Flux.empty(), (start) -> true)).expectComplete().verify(TIMEOUT);
	}

	@Test
	void failsAsTheBodyDoes() {
		Flux<DataBuffer> broken = pieces(5).take(2).concatWith(Flux.error(new IllegalStateException("broken")));
		StepVerifier.create(new JoinedStart(broken, (start) -> true)).expectErrorMessage("broken").verify(TIMEOUT);
	}

	@Test
	void failsOnceWhereTheTypeCannotBeLookedAt() {
		TestPublisher<DataBuffer> body = TestPublisher.createNoncompliant(TestPublisher.Violation.CLEANUP_ON_TERMINATE);
		DataBuffer start = DefaultDataBufferFactory.sharedInstance.wrap(new byte[ImageSignature.LENGTH]);
		DataBuffer more = DefaultDataBufferFactory.sharedInstance.wrap(new byte[1]);
		StepVerifier.create(new JoinedStart(body.flux(), (bytes) -> {
			throw new IllegalStateException("odd");
		}))
			.then(() -> body.next(start, more))
			.then(() -> body.error(new IllegalStateException("late")))
			.expectErrorMessage("odd")
			.verifyThenAssertThat(TIMEOUT)
			.hasDiscarded(more)
			.hasDroppedErrorWithMessage("late");
	}

	/** Twice the first look is needed. */
	private static JoinedStart joined(int size) {
		return new JoinedStart(pieces(size), (start) -> start.length < ImageSignature.LENGTH * 2);
	}

	private static Flux<DataBuffer> pieces(int size) {
		return Flux.range(0, Math.ceilDiv(TEXT.length(), size))
			.map((i) -> TEXT.substring(i * size, Math.min(TEXT.length(), (i + 1) * size)))
			.map((piece) -> DefaultDataBufferFactory.sharedInstance.wrap(piece.getBytes(StandardCharsets.US_ASCII)));
	}

	private static String text(DataBuffer piece) {
		return piece.toString(StandardCharsets.US_ASCII);
	}

}
