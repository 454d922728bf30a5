package ai.doxle.imageorigin.store;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

import ai.doxle.imageorigin.image.ImageFailure;

import static org.assertj.core.api.Assertions.assertThat;

class GuardedImageStoreTests {

	private static final Duration TIMEOUT = Duration.ofSeconds(10);

	private static final Duration WAIT = Duration.ofSeconds(7);

	private final List<String> asked = new ArrayList<>();

	private final CircuitBreaker breaker = CircuitBreaker.of("bucket",
			CircuitBreakerConfig.custom()
				.slidingWindowSize(4)
				.minimumNumberOfCalls(4)
				.failureRateThreshold(50)
				.waitDurationInOpenState(WAIT)
				.recordExceptions(ImageFailure.Unavailable.class)
				.build());

	@Test
	void opensOnUnavailability() {
		ask(Mono.error(new ImageFailure.Unavailable("down", null)), 4);
		assertThat(this.breaker.getState()).isEqualTo(CircuitBreaker.State.OPEN);
	}

	@Test
	void staysClosedOnAbsence() {
		ask(Mono.empty(), 8);
		assertThat(this.breaker.getState()).isEqualTo(CircuitBreaker.State.CLOSED);
		assertThat(this.breaker.getMetrics().getNumberOfSuccessfulCalls()).isEqualTo(4);
	}

	@Test
	void staysClosedOnChange() {
		ask(Mono.error(new ImageFailure.Changed("changed")), 8);
		assertThat(this.breaker.getState()).isEqualTo(CircuitBreaker.State.CLOSED);
	}

	@Test
	void passesAnswersOn() {
		StoredImage image = StubStore.image("1");
		ImageStore store = guarded(Mono.just(image));
		StepVerifier.create(store.open(StubStore.KEY)).expectNext(image).expectComplete().verify(TIMEOUT);
		StepVerifier.create(store.head(StubStore.KEY)).expectNext(image.head()).expectComplete().verify(TIMEOUT);
	}

	@Test
	void isBusyWhileOpenAndDoesNotAsk() {
		this.breaker.transitionToOpenState();
		StepVerifier.create(guarded(Mono.just(StubStore.image("1"))).open(StubStore.KEY))
			.expectErrorSatisfies((error) -> assertThat(error).isInstanceOfSatisfying(ImageFailure.Busy.class,
					(busy) -> assertThat(busy.retryAfter()).isEqualTo(WAIT)))
			.verify(TIMEOUT);
		assertThat(this.asked).isEmpty();
	}

	private void ask(Mono<StoredImage> answer, int times) {
		ImageStore store = guarded(answer);
		for (int i = 0; i < times; i++) {
			StepVerifier.create(store.open(StubStore.KEY).onErrorComplete()).expectComplete().verify(TIMEOUT);
		}
	}

	private ImageStore guarded(Mono<StoredImage> answer) {
		return new GuardedImageStore(new StubStore("store", this.asked, answer), this.breaker);
	}

}
