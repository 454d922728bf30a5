package ai.doxle.imageorigin.image;

import java.io.Serial;
import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * Why an image could not be had. Absence is not a failure: an absent image is an empty
 * {@code Mono}. Messages are for the log; they may name buckets and never reach a client.
 */
public abstract sealed class ImageFailure extends RuntimeException {

	@Serial
	private static final long serialVersionUID = 1L;

	private ImageFailure(String message, @Nullable Throwable cause) {
		super(message, cause, false, false);
	}

	/** The store refused, broke off or answered nonsense. */
	public static final class Unavailable extends ImageFailure {

		@Serial
		private static final long serialVersionUID = 1L;

		public Unavailable(String message, @Nullable Throwable cause) {
			super(message, cause);
		}

	}

	/** The store did not answer, or stopped sending, within its time. */
	public static final class TimedOut extends ImageFailure {

		@Serial
		private static final long serialVersionUID = 1L;

		public TimedOut(String message, @Nullable Throwable cause) {
			super(message, cause);
		}

	}

	/** The store asked for fewer requests, or is not asked for a while. */
	public static final class Busy extends ImageFailure {

		@Serial
		private static final long serialVersionUID = 1L;

		private final Duration retryAfter;

		public Busy(String message, Duration retryAfter, @Nullable Throwable cause) {
			super(message, cause);
			this.retryAfter = retryAfter;
		}

		/** When it makes sense to ask again. */
		public Duration retryAfter() {
			return this.retryAfter;
		}

	}

	/** The store does not let us read: our own misconfiguration, never the client's. */
	public static final class Forbidden extends ImageFailure {

		@Serial
		private static final long serialVersionUID = 1L;

		public Forbidden(String message, @Nullable Throwable cause) {
			super(message, cause);
		}

	}

	/** The version that was asked for is there no more. */
	public static final class Changed extends ImageFailure {

		@Serial
		private static final long serialVersionUID = 1L;

		public Changed(String message) {
			super(message, null);
		}

	}

	/** What is stored is not an image of an allowed type. */
	public static final class NotAnImage extends ImageFailure {

		@Serial
		private static final long serialVersionUID = 1L;

		public NotAnImage(String message) {
			super(message, null);
		}

	}

}
