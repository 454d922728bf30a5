package ai.doxle.imageorigin.session;

import java.io.Serial;

/**
 * A token names more projects than one session can have, and the request none of them.
 */
public final class TooManyProjectsException extends RuntimeException {

	@Serial
	private static final long serialVersionUID = 1L;

	TooManyProjectsException(int projects) {
		super("The token grants " + projects + " projects: name up to " + ProjectIds.MAX + " of them, as in ?project=1",
				null, false, false);
	}

}
