package ai.doxle.imageorigin.access;

import java.io.Serial;

import org.jspecify.annotations.Nullable;

/**
 * Why a request may not read. Messages are fit for the client.
 */
public abstract sealed class AccessFailure extends RuntimeException {

	@Serial
	private static final long serialVersionUID = 1L;

	private AccessFailure(String message, @Nullable Throwable cause) {
		super(message, cause, false, false);
	}

	/** The request did not come through the edge. */
	public static final class NotFromEdge extends AccessFailure {

		@Serial
		private static final long serialVersionUID = 1L;

		NotFromEdge() {
			super("Forbidden", null);
		}

	}

	/** No token where one is needed (RFC 6750 section 3: no error code). */
	public static final class NoToken extends AccessFailure {

		@Serial
		private static final long serialVersionUID = 1L;

		NoToken() {
			super("A bearer token is needed", null);
		}

	}

	/** A token that is malformed, expired, not ours or forged. */
	public static final class BadToken extends AccessFailure {

		@Serial
		private static final long serialVersionUID = 1L;

		BadToken(String message, @Nullable Throwable cause) {
			super(message, cause);
		}

	}

	/** No token, and cookies that CloudFront would refuse, too. */
	public static final class BadCookies extends AccessFailure {

		@Serial
		private static final long serialVersionUID = 1L;

		BadCookies(String reason) {
			super("The viewer's cookies are of no use: " + reason, null);
		}

	}

	/** Cookies cannot be verified just now: too many others are. */
	public static final class TooManyCookies extends AccessFailure {

		@Serial
		private static final long serialVersionUID = 1L;

		TooManyCookies() {
			super("Too many cookies are being verified at the moment", null);
		}

	}

	/** A good token, or good cookies, without the right to what is asked. */
	public static final class NotAllowed extends AccessFailure {

		@Serial
		private static final long serialVersionUID = 1L;

		NotAllowed() {
			this("The token does not allow reading this image");
		}

		public NotAllowed(String message) {
			super(message, null);
		}

	}

	/** Tokens cannot be verified just now: the issuer's keys are out of reach. */
	public static final class Unverifiable extends AccessFailure {

		@Serial
		private static final long serialVersionUID = 1L;

		Unverifiable(Throwable cause) {
			super("Tokens cannot be verified at the moment", cause);
		}

	}

}
