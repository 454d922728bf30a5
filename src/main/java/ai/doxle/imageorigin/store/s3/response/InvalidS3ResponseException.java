package ai.doxle.imageorigin.store.s3.response;

import java.io.Serial;

/**
 * S3 answered with success, but not with what was asked for.
 */
public final class InvalidS3ResponseException extends RuntimeException {

	@Serial
	private static final long serialVersionUID = 1L;

	/**
	 * @param what what is wrong with the response, as in "Bucket 'images' ..."
	 */
	InvalidS3ResponseException(String what) {
		super(what, null, false, false);
	}

}
