package ai.doxle.imageorigin.access.viewer;

import java.io.Serial;

/**
 * Cookies that CloudFront would refuse, whatever they are shown for. The message says
 * why, in words fit for the client.
 */
final class InvalidCookiesException extends RuntimeException {

	@Serial
	private static final long serialVersionUID = 1L;

	InvalidCookiesException(String message) {
		super(message, null, false, false);
	}

}
