package ai.doxle.imageorigin.admin;

import java.io.Serial;

import org.jspecify.annotations.Nullable;

/**
 * A purge that stopped half-way: images it was to take may still be served.
 */
public abstract sealed class PurgeFailure extends RuntimeException {

	@Serial
	private static final long serialVersionUID = 1L;

	private final transient PurgeResult done;

	private PurgeFailure(String message, PurgeResult done, @Nullable Throwable cause) {
		super(message, cause, false, false);
		this.done = done;
	}

	/** The part that did happen. */
	public PurgeResult done() {
		return this.done;
	}

	/** The region cannot be told. */
	public static final class RegionUntold extends PurgeFailure {

		@Serial
		private static final long serialVersionUID = 1L;

		public RegionUntold(PurgeResult done, Throwable cause) {
			super("Purged in this instance only: the region cannot be told at the moment. Repeat the purge.", done,
					cause);
		}

	}

	/** Instances of the region have not said that they have forgotten, too. */
	public static final class Unacknowledged extends PurgeFailure {

		@Serial
		private static final long serialVersionUID = 1L;

		public Unacknowledged(PurgeResult done) {
			super("Purged, but these instances have not acknowledged it in time and may still serve what it took: "
					+ String.join(", ", done.unacknowledged()) + ". Repeat the purge.", done, null);
		}

	}

	/** Other regions cannot be told. */
	public static final class PeersUntold extends PurgeFailure {

		@Serial
		private static final long serialVersionUID = 1L;

		public PeersUntold(PurgeResult done) {
			super("Purged here, but these regions could not be told and may still serve what it took: "
					+ String.join(", ", done.untold()) + ". Repeat the purge.", done, null);
		}

	}

	/** The CDN cannot be told. */
	public static final class CdnUntold extends PurgeFailure {

		@Serial
		private static final long serialVersionUID = 1L;

		public CdnUntold(PurgeResult done, Throwable cause) {
			super("Purged in this instance and in the region, but not at the CDN, which did not take the "
					+ "invalidation. Repeat the purge.", done, cause);
		}

	}

}
