package ai.doxle.imageorigin.store.s3;

import java.time.Duration;
import java.util.concurrent.CompletionException;

import reactor.core.publisher.Mono;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Asks S3 whether a bucket is there, without any reader's request: HeadBucket, which
 * needs the same right as telling absent images from refused ones.
 * <p>
 * The answer is kept for a few seconds, so that it costs S3 little however often it is
 * asked for.
 */
final class S3Probe {

	/** How long an answer is good. */
	static final Duration KEPT = Duration.ofSeconds(5);

	private static final Duration PATIENCE = Duration.ofSeconds(2);

	private static final int FORBIDDEN = 403;

	private final Mono<Boolean> answers;

	/**
	 * @param client talks to the bucket's endpoint
	 * @param credentials the client's
	 * @param bucket the bucket's name
	 */
	S3Probe(S3AsyncClient client, NonBlockingCredentials credentials, String bucket) {
		this.answers = credentials.before(Mono.fromFuture(() -> client.headBucket((request) -> request.bucket(bucket))))
			.map((response) -> true)
			.timeout(PATIENCE)
			.onErrorResume((error) -> Mono.just(isRefusal(error)))
			.cache(KEPT);
	}

	/**
	 * Whether the bucket is there and its server answers. Never fails.
	 */
	Mono<Boolean> answers() {
		return this.answers;
	}

	/** Who may not list may still read; that is for the first reader to find out. */
	private static boolean isRefusal(Throwable error) {
		Throwable cause = (error instanceof CompletionException && error.getCause() != null) ? error.getCause() : error;
		return cause instanceof S3Exception refusal && refusal.statusCode() == FORBIDDEN;
	}

}
