package ai.doxle.imageorigin.web.body;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeoutException;

import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;
import reactor.test.publisher.TestPublisher.Violation;

import static org.assertj.core.api.Assertions.assertThat;

class FirstPieceTimeoutTests {

	private static final Duration LIMIT = Duration.ofSeconds(5);

	private final TestPublisher<String> source = TestPublisher.createNoncompliant(Violation.DEFER_CANCELLATION);

	@Test
	void timesTheFirstPiece() {
		StepVerifier.withVirtualTime(this::timed).thenAwait(LIMIT).verifyError(TimeoutException.class);
		this.source.assertCancelled();
	}

	@Test
	void timesNothingAfterTheFirstPiece() {
		StepVerifier.withVirtualTime(this::timed)
			.then(() -> this.source.next("a"))
			.expectNext("a")
			.thenAwait(LIMIT.multipliedBy(10))
			.then(() -> this.source.emit("b"))
			.expectNext("b")
			.verifyComplete();
		this.source.assertNotCancelled();
	}

	@Test
	void leavesAnEmptyBodyEmpty() {
		StepVerifier.withVirtualTime(this::timed).then(this.source::complete).verifyComplete();
	}

	@Test
	void discardsAPieceThatComesTooLate() {
		List<String> discarded = new CopyOnWriteArrayList<>();
		StepVerifier.withVirtualTime(() -> timed().doOnDiscard(String.class, discarded::add))
			.thenAwait(LIMIT)
			.verifyError(TimeoutException.class);
		this.source.next("late");
		assertThat(discarded).containsExactly("late");
	}

	private Flux<String> timed() {
		return new FirstPieceTimeout<>(this.source.flux(), LIMIT);
	}

}
