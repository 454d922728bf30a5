package ai.doxle.imageorigin.store.s3.client;

import java.io.IOException;
import java.net.ConnectException;

import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.retries.api.AcquireInitialTokenRequest;
import software.amazon.awssdk.retries.api.AcquireInitialTokenResponse;
import software.amazon.awssdk.retries.api.RecordSuccessRequest;
import software.amazon.awssdk.retries.api.RecordSuccessResponse;
import software.amazon.awssdk.retries.api.RefreshRetryTokenRequest;
import software.amazon.awssdk.retries.api.RefreshRetryTokenResponse;
import software.amazon.awssdk.retries.api.RetryStrategy;
import software.amazon.awssdk.retries.api.RetryToken;
import software.amazon.awssdk.retries.api.TokenAcquisitionFailedException;

/**
 * The SDK's standard retries, with its budget and its pauses: one for what S3 refuses for
 * the moment, and a second one where connections broke without a response. After a pause
 * several kept-alive connections may turn out to be closed, one after the other.
 */
final class S3RetryStrategy implements RetryStrategy {

	private static final int MAX_ATTEMPTS = 2;

	private static final int MAX_ATTEMPTS_BROKEN = 3;

	private final RetryStrategy standard;

	S3RetryStrategy() {
		this(AwsRetryStrategy.standardRetryStrategy().toBuilder().maxAttempts(MAX_ATTEMPTS_BROKEN).build());
	}

	private S3RetryStrategy(RetryStrategy standard) {
		this.standard = standard;
	}

	@Override
	public AcquireInitialTokenResponse acquireInitialToken(AcquireInitialTokenRequest request) {
		AcquireInitialTokenResponse first = this.standard.acquireInitialToken(request);
		return AcquireInitialTokenResponse.create(new Attempt(first.token(), 1), first.delay());
	}

	@Override
	public RefreshRetryTokenResponse refreshRetryToken(RefreshRetryTokenRequest request) {
		Attempt last = (Attempt) request.token();
		if (isRefusal(request.failure())) {
			this.standard.recordSuccess(RecordSuccessRequest.create(last.token()));
			throw new TokenAcquisitionFailedException("S3 refuses this", last, request.failure());
		}
		if (last.number() >= MAX_ATTEMPTS && !isBrokenConnection(request.failure())) {
			throw new TokenAcquisitionFailedException("no more attempts", last, request.failure());
		}
		RefreshRetryTokenResponse next = this.standard
			.refreshRetryToken(request.toBuilder().token(last.token()).build());
		return RefreshRetryTokenResponse.create(new Attempt(next.token(), last.number() + 1), next.delay());
	}

	@Override
	public RecordSuccessResponse recordSuccess(RecordSuccessRequest request) {
		Attempt last = (Attempt) request.token();
		RecordSuccessResponse done = this.standard.recordSuccess(RecordSuccessRequest.create(last.token()));
		return RecordSuccessResponse.create(new Attempt(done.token(), last.number()));
	}

	@Override
	public int maxAttempts() {
		return this.standard.maxAttempts();
	}

	/** It has them already; adding them would lose the distinction made here. */
	@Override
	public boolean useClientDefaults() {
		return false;
	}

	@Override
	public Builder<?, ?> toBuilder() {
		return this.standard.toBuilder();
	}

	/**
	 * S3 works and says no, so that the budget of retries gets back what this call took
	 * of it. Otherwise a hundred such calls would leave none for others.
	 */
	private static boolean isRefusal(Throwable failure) {
		return failure instanceof AwsServiceException error && error.statusCode() < 500
				&& !error.isThrottlingException() && !error.isClockSkewException() && !isTimeout(error);
	}

	private static boolean isTimeout(AwsServiceException error) {
		return error.statusCode() == 408 || "RequestTimeout".equals(error.awsErrorDetails().errorCode());
	}

	/** A connection that was there; one that cannot be made is no accident. */
	static boolean isBrokenConnection(Throwable failure) {
		for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
			if (cause instanceof ConnectException) {
				return false;
			}
			if (cause instanceof IOException) {
				return true;
			}
		}
		return false;
	}

	/** One of the standard strategy's tokens, and which attempt it is for. */
	private record Attempt(RetryToken token, int number) implements RetryToken {

	}

}
