package ai.doxle.imageorigin.web.request;

import java.io.Serial;

import org.springframework.http.HttpStatus;

/**
 * A request that is invalid whatever image it names. The message is fit for the client.
 */
public final class InvalidRequestException extends RuntimeException {

	@Serial
	private static final long serialVersionUID = 1L;

	private final HttpStatus status;

	public InvalidRequestException(HttpStatus status, String message) {
		super(message, null, false, false);
		this.status = status;
	}

	public HttpStatus status() {
		return this.status;
	}

}
