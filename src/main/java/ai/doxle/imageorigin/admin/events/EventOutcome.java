package ai.doxle.imageorigin.admin.events;

import java.util.Locale;

/**
 * How an event ended.
 */
public enum EventOutcome {

	/** The image was loaded into the tiers. */
	WARMED,

	/** An older version was purged, then the image was loaded. */
	REPLACED,

	/** The tiers had this version already. */
	UNCHANGED,

	/** Images were purged. */
	PURGED,

	/** Nothing was loaded: no tier takes an image of that size. */
	TOO_LARGE,

	/** The image was read, but the tiers did not keep it. */
	NOT_KEPT,

	/** The object is there no more. */
	ABSENT,

	/** The object is not an image of an allowed type. */
	NOT_AN_IMAGE,

	/** A later event of the same object came before. */
	LATE,

	/** The event came before, and its work is done. */
	REPEATED,

	/** The object is in a bucket that is not ours. */
	FOREIGN,

	/** The object has a key that no image can have. */
	INVALID_KEY,

	/** An event of another kind, about which nothing is to be done. */
	IGNORED,

	/** The work could not be done. */
	FAILED;

	/** As metrics and logs name it. */
	String label() {
		return name().toLowerCase(Locale.ROOT).replace('_', '-');
	}

	/** Whether there was work, and it was done. */
	boolean isWork() {
		return this == WARMED || this == REPLACED || this == UNCHANGED || this == PURGED;
	}

}
