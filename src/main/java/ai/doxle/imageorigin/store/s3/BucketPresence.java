package ai.doxle.imageorigin.store.s3;

import java.time.Duration;
import java.util.concurrent.CompletionException;

import reactor.core.publisher.Mono;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Tells an absent object from an absent bucket, where S3's response does not: HEAD has no
 * body, and so no error code. Asks HeadBucket, and remembers what it says for some time,
 * so that many absent objects cost one question.
 */
final class BucketPresence {

	/** How long a bucket that is there is taken to be there. */
	private static final Duration KEPT_PRESENT = Duration.ofSeconds(30);

	/** How long one that is not there is taken not to be. */
	private static final Duration KEPT_ABSENT = Duration.ofSeconds(5);

	private static final int NOT_FOUND = 404;

	private final Mono<Boolean> absent;

	/**
	 * @param client talks to the bucket's endpoint
	 * @param bucket the bucket's name
	 */
	BucketPresence(S3AsyncClient client, String bucket) {
		this.absent = Mono.fromFuture(() -> client.headBucket((request) -> request.bucket(bucket)))
			.map((response) -> false)
			.onErrorResume(BucketPresence::isNotFound, (error) -> Mono.just(true))
			.cache((isAbsent) -> isAbsent ? KEPT_ABSENT : KEPT_PRESENT, (error) -> Duration.ZERO, () -> Duration.ZERO);
	}

	/**
	 * Whether there is no such bucket. Where S3 does not say so, be it that we may not
	 * ask, there is one.
	 */
	Mono<Boolean> isAbsent() {
		return this.absent.onErrorReturn(false);
	}

	private static boolean isNotFound(Throwable error) {
		Throwable cause = (error instanceof CompletionException && error.getCause() != null) ? error.getCause() : error;
		return cause instanceof S3Exception refusal && refusal.statusCode() == NOT_FOUND;
	}

}
