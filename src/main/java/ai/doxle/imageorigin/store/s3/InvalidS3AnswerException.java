package ai.doxle.imageorigin.store.s3;

import java.io.Serial;

/**
 * S3 answered with success, but not with what was asked for.
 */
final class InvalidS3AnswerException extends RuntimeException {

	@Serial
	private static final long serialVersionUID = 1L;

	/**
	 * @param what what is wrong with the answer, as in "Bucket 'images' ..."
	 */
	InvalidS3AnswerException(String what) {
		super(what, null, false, false);
	}

}
