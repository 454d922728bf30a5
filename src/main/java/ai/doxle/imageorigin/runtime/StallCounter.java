package ai.doxle.imageorigin.runtime;

import java.time.Duration;

/**
 * Tells when something has stalled: {@value #LOOKS} looks in a row have found no
 * progress. Looking so often in a timeout takes no timer for each sign of progress, and
 * is late by a quarter of the timeout at most. For one thread at a time.
 */
public final class StallCounter {

	private static final int LOOKS = 4;

	private int inVain;

	/** How many milliseconds there are between two looks. */
	public static long interval(Duration timeout) {
		return Math.max(1, timeout.toMillis() / LOOKS);
	}

	/**
	 * Counts a look.
	 * @param progressed whether there has been progress since the look before, or none
	 * was due
	 * @return whether the timeout is over
	 */
	public boolean isStalled(boolean progressed) {
		this.inVain = progressed ? 0 : this.inVain + 1;
		return this.inVain == LOOKS;
	}

	/** Begins anew. */
	public void reset() {
		this.inVain = 0;
	}

}
