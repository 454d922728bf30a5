package ai.doxle.imageorigin.store.s3;

import java.time.Duration;

import org.junit.jupiter.api.Test;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;

class ExactLengthTests {

	private static final Duration TIMEOUT = Duration.ofSeconds(10);

	private static final DataBuffer THREE = piece(3);

	private static final DataBuffer FOUR = piece(4);

	private final TestPublisher<DataBuffer> source = TestPublisher.createCold();

	@Test
	void passesWhatIsAsLongAsItHasToBe() {
		StepVerifier.create(body(7)).expectNext(THREE, FOUR).expectComplete().verify(TIMEOUT);
	}

	@Test
	void failsWhereBytesAreMissing() {
		StepVerifier.create(body(8)).expectNext(THREE, FOUR).expectErrorMessage("length").verify(TIMEOUT);
	}

	@Test
	void keepsBytesBackThatAreTooMany() {
		StepVerifier.create(new ExactLength(this.source.flux(), 6, () -> new IllegalStateException("length")))
			.then(() -> this.source.next(THREE, FOUR))
			.expectNext(THREE)
			.expectErrorMessage("length")
			.verify(TIMEOUT);
		this.source.assertCancelled();
	}

	@Test
	void endsOnceWhereTheSourceGoesOn() {
		TestPublisher<DataBuffer> endless = TestPublisher
			.createNoncompliant(TestPublisher.Violation.CLEANUP_ON_TERMINATE);
		StepVerifier.create(new ExactLength(endless.flux(), 2, () -> new IllegalStateException("length")))
			.then(() -> endless.next(THREE, FOUR))
			.then(() -> endless.error(new IllegalStateException("late")))
			.then(endless::complete)
			.expectErrorMessage("length")
			.verifyThenAssertThat(TIMEOUT)
			.hasDiscardedExactly(THREE, FOUR)
			.hasDroppedErrorWithMessage("late");
	}

	@Test
	void passesAFailureOn() {
		StepVerifier.create(new ExactLength(Flux.error(new IllegalStateException("theirs")), 2, AssertionError::new))
			.expectErrorMessage("theirs")
			.verify(TIMEOUT);
	}

	private static Flux<DataBuffer> body(long length) {
		return new ExactLength(Flux.just(THREE, FOUR), length, () -> new IllegalStateException("length"));
	}

	private static DataBuffer piece(int length) {
		return DefaultDataBufferFactory.sharedInstance.wrap(new byte[length]);
	}

}
