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

	/** The store is out of order, broke off, or cannot be reached. */
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

	/**
	 * The store does not know who we are: it refuses the credentials, or the clock that
	 * signs with them, whatever is asked for.
	 */
	public static final class CredentialsRefused extends ImageFailure {

		@Serial
		private static final long serialVersionUID = 1L;

		public CredentialsRefused(String message, @Nullable Throwable cause) {
			super(message, cause);
		}

	}

	/**
	 * The store answers, but does not give this image in this way: it is archived, its
	 * key is disabled, the request is refused. Says nothing about other images.
	 */
	public static final class Unreadable extends ImageFailure {

		@Serial
		private static final long serialVersionUID = 1L;

		public Unreadable(String message, @Nullable Throwable cause) {
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

	/** Nobody waits for the answer any more: it was called off. */
	public static final class Abandoned extends ImageFailure {

		@Serial
		private static final long serialVersionUID = 1L;

		public Abandoned(String message) {
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
