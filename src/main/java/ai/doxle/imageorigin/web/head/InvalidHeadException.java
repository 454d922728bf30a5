package ai.doxle.imageorigin.web.head;

import java.io.Serial;

/**
 * A request whose head HTTP does not allow. The message is fit for the client.
 */
final class InvalidHeadException extends RuntimeException {

	@Serial
	private static final long serialVersionUID = 1L;

	InvalidHeadException(String message) {
		super(message, null, false, false);
	}

}
