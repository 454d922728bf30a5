package ai.doxle.imageorigin.upkeep;

import java.io.Serial;

import org.jspecify.annotations.Nullable;

/**
 * A purge that stopped half-way: images it was to take may still be served.
 */
abstract sealed class PurgeFailure extends RuntimeException {

	@Serial
	private static final long serialVersionUID = 1L;

	private final transient Purged done;

	private PurgeFailure(String message, Purged done, @Nullable Throwable cause) {
		super(message, cause, false, false);
		this.done = done;
	}

	/** The part that did happen. */
	Purged done() {
		return this.done;
	}

	/** The region cannot be told. */
	static final class RegionUntold extends PurgeFailure {

		@Serial
		private static final long serialVersionUID = 1L;

		RegionUntold(Purged done, Throwable cause) {
			super("Purged in this instance only: the region cannot be told at the moment. Repeat the purge.", done,
					cause);
		}

	}

	/** Instances of the region have not said that they have forgotten, too. */
	static final class Unacknowledged extends PurgeFailure {

		@Serial
		private static final long serialVersionUID = 1L;

		Unacknowledged(Purged done) {
			super("Purged, but these instances have not acknowledged it in time and may still serve what it took: "
					+ String.join(", ", done.unacknowledged()) + ". Repeat the purge.", done, null);
		}

	}

	/** The CDN cannot be told. */
	static final class CdnUntold extends PurgeFailure {

		@Serial
		private static final long serialVersionUID = 1L;

		CdnUntold(Purged done, Throwable cause) {
			super("Purged in this instance and in the region, but not at the CDN, which did not take the "
					+ "invalidation. Repeat the purge.", done, cause);
		}

	}

}
