package ai.doxle.imageorigin.access;

import java.io.Serial;

/**
 * Tokens are to be verified, but the configuration names no usable keys. The message
 * names the property and the remedy.
 */
final class MissingTokenKeysException extends RuntimeException {

	@Serial
	private static final long serialVersionUID = 1L;

	MissingTokenKeysException(String message) {
		super(message);
	}

}
