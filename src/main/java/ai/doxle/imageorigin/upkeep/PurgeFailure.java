package ai.doxle.imageorigin.upkeep;

import java.io.Serial;

/**
 * A purge that stopped half-way: images it was to take may still be served.
 */
abstract sealed class PurgeFailure extends RuntimeException {

	@Serial
	private static final long serialVersionUID = 1L;

	private final transient Purged done;

	private PurgeFailure(String message, Purged done, Throwable cause) {
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
