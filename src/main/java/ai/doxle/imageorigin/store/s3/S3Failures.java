package ai.doxle.imageorigin.store.s3;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;

import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.image.ImageKey;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import reactor.core.publisher.Mono;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.services.s3.model.NoSuchBucketException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Turns what one bucket's client throws into what it means: absence, or an
 * {@link ImageFailure}.
 */
final class S3Failures {

	private static final Duration SLOW_DOWN = Duration.ofSeconds(1);

	/** How often the same bucket's refusals are worth a line in the log. */
	private static final Duration WARNING_INTERVAL = Duration.ofMinutes(1);

	private static final Logger logger = LoggerFactory.getLogger(S3Failures.class);

	private final String bucket;

	private final Clock clock;

	private final AtomicReference<Instant> nextWarning = new AtomicReference<>(Instant.MIN);

	S3Failures(String bucket, Clock clock) {
		this.bucket = bucket;
		this.clock = clock;
	}

	/**
	 * Empty if the error says that the bucket has no such image, otherwise the failure.
	 */
	<T> Mono<T> orAbsent(ImageKey key, Throwable error) {
		return isAbsence(unwrap(error)) ? Mono.empty() : Mono.error(of(key, error));
	}

	ImageFailure of(ImageKey key, Throwable error) {
		return switch (unwrap(error)) {
			case ImageFailure failure -> failure;
			case S3Exception refusal -> ofStatus(key, refusal);
			case TimeoutException timeout -> timedOut(key, "did not answer in time", timeout);
			case ApiCallTimeoutException timeout -> timedOut(key, "did not answer in time", timeout);
			case ApiCallAttemptTimeoutException timeout -> timedOut(key, "did not answer in time", timeout);
			case Throwable other -> new ImageFailure.Unavailable(about(key, String.valueOf(other.getMessage())), other);
		};
	}

	ImageFailure idle(ImageKey key) {
		return timedOut(key, "stopped sending", null);
	}

	ImageFailure wrongLength(ImageKey key) {
		return new ImageFailure.Unavailable(about(key, "sent a body of the wrong length"), null);
	}

	private ImageFailure ofStatus(ImageKey key, S3Exception refusal) {
		String what = about(key, "answered " + refusal.statusCode() + " " + code(refusal));
		return switch (refusal.statusCode()) {
			case 401, 403 -> forbidden(what, refusal);
			case 412, 416 -> new ImageFailure.Changed(what);
			case 429, 503 -> new ImageFailure.Busy(what, SLOW_DOWN, refusal);
			default -> new ImageFailure.Unavailable(what, refusal);
		};
	}

	private ImageFailure forbidden(String what, S3Exception refusal) {
		Instant now = this.clock.instant();
		Instant next = this.nextWarning.get();
		boolean due = now.isAfter(next) && this.nextWarning.compareAndSet(next, now.plus(WARNING_INTERVAL));
		logger.atLevel(due ? Level.WARN : Level.DEBUG)
			.log("{}: check the role's right to s3:GetObject and s3:ListBucket, and the clock", what);
		return new ImageFailure.Forbidden(what, refusal);
	}

	private ImageFailure timedOut(ImageKey key, String what, @Nullable Throwable cause) {
		return new ImageFailure.TimedOut(about(key, what), cause);
	}

	private String about(ImageKey key, String what) {
		return "Bucket '" + this.bucket + "' " + what + " for " + key;
	}

	private static boolean isAbsence(Throwable error) {
		return error instanceof S3Exception refusal && refusal.statusCode() == 404
				&& !(error instanceof NoSuchBucketException);
	}

	private static String code(S3Exception refusal) {
		return (refusal.awsErrorDetails() != null) ? refusal.awsErrorDetails().errorCode() : "";
	}

	private static Throwable unwrap(Throwable error) {
		return (error instanceof CompletionException && error.getCause() != null) ? error.getCause() : error;
	}

}
