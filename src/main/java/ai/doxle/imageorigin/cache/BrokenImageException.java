package ai.doxle.imageorigin.cache;

import java.io.Serial;

import org.jspecify.annotations.Nullable;

/**
 * The bytes of a cached image cannot be had in full: a chunk was evicted or is damaged,
 * the tier has failed, or the instance that was loading it is gone. What was delivered
 * before is right; the rest has to come from elsewhere.
 */
public final class BrokenImageException extends RuntimeException {

	@Serial
	private static final long serialVersionUID = 1L;

	public BrokenImageException(String message, @Nullable Throwable cause) {
		super(message, cause, false, false);
	}

}
