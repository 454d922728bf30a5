package ai.doxle.imageorigin.store.s3.response;

import org.jspecify.annotations.Nullable;

/**
 * What an error response of S3 says, by its status and its error code. The table with
 * what follows from each is {@code docs/s3-responses.md}.
 */
enum S3ErrorMeaning {

	/** There is no such object, nor can there be. */
	ABSENT,

	/** There is no such object, or no such bucket: the response does not tell. */
	ABSENT_OR_NO_BUCKET,

	/** There is no such bucket. */
	NO_BUCKET,

	/** The bucket is elsewhere. */
	MISADDRESSED,

	/** The object is not the version that was asked for. */
	CHANGED,

	/** We may not read the object, or the signature was not for this request. */
	ACCESS_DENIED,

	/** Our credentials, or our clock, are refused, whatever we ask for. */
	CREDENTIALS_REFUSED,

	/** S3 asks for fewer requests. */
	THROTTLED,

	/** Something on the way was not in time. */
	TIMED_OUT,

	/** S3, or what is in front of it, is out of order. */
	SERVER_ERROR,

	/** S3 does not give this object in this way. */
	UNREADABLE;

	/**
	 * Reads an error response.
	 * @param status the HTTP status
	 * @param code S3's error code, or null where there is none, as in responses to HEAD
	 */
	static S3ErrorMeaning of(int status, @Nullable String code) {
		return switch ((code != null) ? code : "") {
			case "NoSuchKey", "NoSuchVersion", "KeyTooLongError", "XMinioInvalidObjectName" -> ABSENT;
			case "NoSuchBucket", "NoSuchAccessPoint", "NoSuchMultiRegionAccessPoint" -> NO_BUCKET;
			case "PermanentRedirect", "TemporaryRedirect", "AuthorizationHeaderMalformed",
					"IllegalLocationConstraintException" ->
				MISADDRESSED;
			case "InvalidObjectState" -> UNREADABLE;
			case "AccountProblem", "ExpiredToken", "InvalidAccessKeyId", "InvalidSecurity", "InvalidToken",
					"NotSignedUp", "RequestExpired", "RequestTimeTooSkewed", "TokenRefreshRequired" ->
				CREDENTIALS_REFUSED;
			case "KMS.ThrottlingException", "RequestLimitExceeded", "SlowDown", "Throttling", "ThrottlingException" ->
				THROTTLED;
			case "RequestTimeout" -> TIMED_OUT;
			default -> ofStatus(status);
		};
	}

	private static S3ErrorMeaning ofStatus(int status) {
		return switch (status) {
			case 301, 307, 308 -> MISADDRESSED;
			case 401 -> CREDENTIALS_REFUSED;
			case 403 -> ACCESS_DENIED;
			case 404 -> ABSENT_OR_NO_BUCKET;
			case 408, 504 -> TIMED_OUT;
			case 412, 416 -> CHANGED;
			case 429, 503 -> THROTTLED;
			default -> (status >= 500) ? SERVER_ERROR : UNREADABLE;
		};
	}

}
