package ai.doxle.imageorigin.store.s3.response;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.crt.http.HttpException;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;

import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.runtime.RateLimitedLog;

/**
 * Turns what one bucket's client throws into what it means: absence, or an
 * {@link ImageFailure}. What only an operator can put right is warned of once a minute.
 */
public final class S3Failures {

	private static final Duration SLOW_DOWN = Duration.ofSeconds(1);

	private static final String OTHERS_ARE_FINE = "S3 does not give this object; others are not affected";

	/** MinIO says here what a response to HEAD has no body for. */
	private static final String MINIO_CODE = "x-minio-error-code";

	private static final Logger logger = LoggerFactory.getLogger(S3Failures.class);

	private final String bucket;

	private final RateLimitedLog warnings;

	public S3Failures(String bucket, Clock clock) {
		this.bucket = bucket;
		this.warnings = new RateLimitedLog(logger, clock);
	}

	/**
	 * Whether an error says that there is no such object, but may say so of the bucket.
	 */
	public static boolean mayBeOfBucket(Throwable error) {
		return is(S3ErrorMeaning.ABSENT_OR_NO_BUCKET, error);
	}

	/**
	 * Whether an error says that a condition does not hold.
	 */
	public static boolean isConditionFailed(Throwable error) {
		return unwrap(error) instanceof S3Exception refusal && refusal.statusCode() == 412;
	}

	/**
	 * Whether an error is a response about the object that was asked for, so that asking
	 * again brings the same.
	 */
	public static boolean isOfObject(Throwable error) {
		return unwrap(error) instanceof S3Exception refusal && switch (meaning(refusal)) {
			case SERVER_ERROR, THROTTLED, TIMED_OUT -> false;
			default -> true;
		};
	}

	/** Whether an error is a response of S3, so that there was a connection. */
	public static boolean isResponse(Throwable error) {
		return unwrap(error) instanceof S3Exception;
	}

	/**
	 * Whether an error says that there was no connection, or none that held until the
	 * head of a response.
	 */
	public static boolean isOfConnection(Throwable error) {
		return unwrap(error) instanceof SdkClientException failure
				&& (failure.getCause() instanceof IOException || failure.getCause() instanceof HttpException);
	}

	/**
	 * Empty if the error says that the bucket has no such image, otherwise the failure.
	 */
	public <T> Mono<T> orAbsent(ImageKey key, Throwable error) {
		return (is(S3ErrorMeaning.ABSENT, error) || mayBeOfBucket(error)) ? Mono.empty() : Mono.error(of(key, error));
	}

	public ImageFailure of(ImageKey key, Throwable error) {
		return switch (unwrap(error)) {
			case ImageFailure failure -> failure;
			case CancellationException cancelled -> abandoned(key);
			case S3Exception refusal -> ofRefusal(key, refusal);
			case InvalidS3ResponseException invalid -> ofInvalid(key, invalid);
			case TimeoutException timeout -> timedOut(key, "did not answer in time", timeout);
			case ApiCallTimeoutException timeout -> timedOut(key, "did not answer in time", timeout);
			case ApiCallAttemptTimeoutException timeout -> timedOut(key, "did not answer in time", timeout);
			case Throwable other -> new ImageFailure.Unavailable(about(key, description(other)), other);
		};
	}

	/** Some exceptions have no message, but a cause that tells more. */
	private static String description(Throwable error) {
		if (error.getMessage() != null) {
			return error.getMessage();
		}
		return (error.getCause() != null) ? error + ": " + error.getCause() : error.toString();
	}

	public ImageFailure abandoned(ImageKey key) {
		return new ImageFailure.Abandoned(about(key, "is not asked any more"));
	}

	public ImageFailure idle(ImageKey key) {
		return timedOut(key, "stopped sending", null);
	}

	public ImageFailure wrongLength(ImageKey key) {
		return new ImageFailure.Unavailable(about(key, "sent a body of the wrong length"), null);
	}

	public ImageFailure noBucket(ImageKey key) {
		return new ImageFailure.Unavailable(about(key, "is not there"), null);
	}

	private ImageFailure ofRefusal(ImageKey key, S3Exception refusal) {
		String status = refusal.statusCode() + " " + code(refusal);
		String what = about(key, "answered " + status);
		return switch (meaning(refusal)) {
			case ACCESS_DENIED -> warned(status, new ImageFailure.Forbidden(what, refusal),
					"check the role's right to s3:GetObject and s3:ListBucket, and the clock");
			case CREDENTIALS_REFUSED -> warned(status, new ImageFailure.CredentialsRefused(what, refusal),
					"check the credentials, and the clock");
			case MISADDRESSED -> warned(status, new ImageFailure.Unreadable(what, refusal),
					"check the bucket's name, region and endpoint");
			case UNREADABLE -> warned(status, new ImageFailure.Unreadable(what, refusal), OTHERS_ARE_FINE);
			case CHANGED -> new ImageFailure.Changed(what);
			case THROTTLED -> new ImageFailure.Busy(what, SLOW_DOWN, refusal);
			case TIMED_OUT -> new ImageFailure.TimedOut(what, refusal);
			case ABSENT, ABSENT_OR_NO_BUCKET, NO_BUCKET, SERVER_ERROR -> new ImageFailure.Unavailable(what, refusal);
		};
	}

	/** What is wrong with the response is its reason, without the object. */
	private ImageFailure ofInvalid(ImageKey key, InvalidS3ResponseException invalid) {
		String what = String.valueOf(invalid.getMessage());
		return warned(what, new ImageFailure.Unreadable(about(key, what), invalid), OTHERS_ARE_FINE);
	}

	private ImageFailure warned(String reason, ImageFailure failure, String advice) {
		this.warnings.warn(reason, failure.getMessage() + ": " + advice);
		return failure;
	}

	private ImageFailure timedOut(ImageKey key, String what, @Nullable Throwable cause) {
		return new ImageFailure.TimedOut(about(key, what), cause);
	}

	private String about(ImageKey key, String what) {
		return "Bucket '" + this.bucket + "' " + what + " for " + key;
	}

	private static boolean is(S3ErrorMeaning meaning, Throwable error) {
		return unwrap(error) instanceof S3Exception refusal && meaning(refusal) == meaning;
	}

	private static S3ErrorMeaning meaning(S3Exception refusal) {
		return S3ErrorMeaning.of(refusal.statusCode(), code(refusal));
	}

	private static String code(S3Exception refusal) {
		AwsErrorDetails details = refusal.awsErrorDetails();
		if (details == null) {
			return "";
		}
		if (details.errorCode() != null) {
			return details.errorCode();
		}
		SdkHttpResponse response = details.sdkHttpResponse();
		return (response != null) ? response.firstMatchingHeader(MINIO_CODE).orElse("") : "";
	}

	private static Throwable unwrap(Throwable error) {
		return (error instanceof CompletionException && error.getCause() != null) ? error.getCause() : error;
	}

}
