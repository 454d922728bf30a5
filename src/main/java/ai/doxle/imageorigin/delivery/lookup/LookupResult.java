package ai.doxle.imageorigin.delivery.lookup;

import org.jspecify.annotations.Nullable;

/**
 * What looking for an image came to.
 *
 * @param <T> what was looked for
 */
public sealed interface LookupResult<T> {

	/** Where it was looked for. */
	LookupTrail trail();

	/** What was found, or null. */
	default @Nullable T value() {
		return null;
	}

	/**
	 * It is there.
	 *
	 * @param <T> what was looked for
	 * @param value what was found
	 */
	record Found<T>(T value, LookupTrail trail) implements LookupResult<T> {

	}

	/**
	 * There is no such image.
	 *
	 * @param <T> what was looked for
	 */
	record Absent<T>(LookupTrail trail) implements LookupResult<T> {

	}

	/**
	 * There is something, but no image of an allowed type.
	 *
	 * @param <T> what was looked for
	 */
	record NotAnImage<T>(LookupTrail trail) implements LookupResult<T> {

	}

}
