package ai.doxle.imageorigin.admin.events.payload;

import java.io.Serial;

/**
 * A body that is no event of any known format. The message says why.
 */
public final class InvalidEventException extends RuntimeException {

	@Serial
	private static final long serialVersionUID = 1L;

	InvalidEventException(String message) {
		super(message, null, false, false);
	}

}
