package ai.doxle.imageorigin.access.viewer.key;

import java.io.Serial;

/**
 * Viewers' sessions are configured, but cannot be as they are. The message names the
 * property and the remedy.
 */
public final class InvalidSessionConfigurationException extends RuntimeException {

	@Serial
	private static final long serialVersionUID = 1L;

	public InvalidSessionConfigurationException(String message) {
		super(message);
	}

}
