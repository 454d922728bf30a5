package ai.doxle.imageorigin.store.s3;

import java.time.Duration;
import java.time.Instant;

import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;

/**
 * Has questions to S3 wait for credentials elsewhere. The AWS SDK waits for them on the
 * thread that asks, which is an event loop, and a metadata service that does not answer
 * takes seconds to fail. All who ask meanwhile share one attempt; while the provider has
 * some at hand, nobody waits.
 */
final class AwaitedCredentials {

	/** By then the provider has renewed them, if it can. */
	private static final Duration MARGIN = Duration.ofMinutes(1);

	private final Mono<AwsCredentials> attempt;

	private volatile Instant atHandUntil = Instant.MIN;

	/**
	 * @param provider keeps what it has found, and renews it
	 */
	AwaitedCredentials(AwsCredentialsProvider provider) {
		this.attempt = Mono.fromCallable(provider::resolveCredentials)
			.doOnNext((found) -> this.atHandUntil = found.expirationTime()
				.map((end) -> end.minus(MARGIN))
				.orElse(Instant.MAX))
			.subscribeOn(Schedulers.boundedElastic())
			.cacheInvalidateIf((found) -> true);
	}

	/**
	 * A question, asked when there are credentials.
	 * @return its answer; fails as the provider does
	 */
	<T> Mono<T> before(Mono<T> question) {
		return Mono.defer(() -> Instant.now().isBefore(this.atHandUntil) ? question : this.attempt.then(question));
	}

}
