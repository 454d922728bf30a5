package ai.doxle.imageorigin.store;

import java.time.Duration;

import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.reactor.circuitbreaker.operator.CircuitBreakerOperator;
import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.image.ByteSpan;
import ai.doxle.imageorigin.image.ETag;
import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;

/**
 * A store behind a circuit breaker. The breaker counts heads only: a body may take as
 * long as its reader likes, and an absent image is a good response.
 */
final class GuardedImageStore implements ImageStore {

	private final ImageStore store;

	private final CircuitBreaker breaker;

	/**
	 * @param store the store to guard
	 * @param breaker what decides whether the store is asked
	 */
	GuardedImageStore(ImageStore store, CircuitBreaker breaker) {
		this.store = store;
		this.breaker = breaker;
	}

	@Override
	public Mono<ImageHead> head(ImageKey key) {
		return guarded(this.store.head(key));
	}

	@Override
	public Mono<StoredImage> open(ImageKey key) {
		return guarded(this.store.open(key));
	}

	@Override
	public Mono<StoredImage> open(ImageKey key, ByteSpan span, ETag version) {
		return guarded(this.store.open(key, span, version));
	}

	private <T> Mono<T> guarded(Mono<T> response) {
		return response.transformDeferred(CircuitBreakerOperator.of(this.breaker))
			.onErrorMap(CallNotPermittedException.class, this::asBusy);
	}

	private ImageFailure asBusy(CallNotPermittedException refusal) {
		Duration wait = Duration
			.ofMillis(this.breaker.getCircuitBreakerConfig().getWaitIntervalFunctionInOpenState().apply(1));
		return new ImageFailure.Busy("breaker '" + this.breaker.getName() + "' is open", wait, refusal);
	}

}
