package ai.doxle.imageorigin.admin.endpoint;

import java.io.Serial;
import java.util.Map;

import org.springframework.http.HttpStatus;

/**
 * A request of an operator that is malformed. The message says what is wrong with it.
 */
final class InvalidAdminRequestException extends RuntimeException {

	@Serial
	private static final long serialVersionUID = 1L;

	private final HttpStatus status;

	private final transient Map<String, String> badKeys;

	InvalidAdminRequestException(HttpStatus status, String message) {
		this(status, message, Map.of());
	}

	InvalidAdminRequestException(HttpStatus status, String message, Map<String, String> badKeys) {
		super(message, null, false, false);
		this.status = status;
		this.badKeys = badKeys;
	}

	/** The status that says so. */
	HttpStatus status() {
		return this.status;
	}

	/** Texts that cannot be keys, each with the reason. */
	Map<String, String> badKeys() {
		return this.badKeys;
	}

}
