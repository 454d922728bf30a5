package ai.doxle.imageorigin.access.keys;

import java.io.Serial;

/**
 * Tokens are to be verified, but the configuration names no usable keys. The message
 * names the property and the remedy.
 */
public final class InvalidTokenConfigurationException extends RuntimeException {

	@Serial
	private static final long serialVersionUID = 1L;

	public InvalidTokenConfigurationException(String message) {
		super(message);
	}

}
