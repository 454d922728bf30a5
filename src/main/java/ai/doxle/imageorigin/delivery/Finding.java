package ai.doxle.imageorigin.delivery;

import org.jspecify.annotations.Nullable;

/**
 * What looking for an image came to.
 *
 * @param <T> what was looked for
 */
public sealed interface Finding<T> {

	/** Where it was looked for. */
	Trail trail();

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
	record Found<T>(T value, Trail trail) implements Finding<T> {

	}

	/**
	 * There is no such image.
	 *
	 * @param <T> what was looked for
	 */
	record Absent<T>(Trail trail) implements Finding<T> {

	}

	/**
	 * There is something, but no image of an allowed type.
	 *
	 * @param <T> what was looked for
	 */
	record NotAnImage<T>(Trail trail) implements Finding<T> {

	}

}
