package ai.doxle.imageorigin.delivery;

import org.jspecify.annotations.Nullable;

/**
 * What looking for an image came to.
 *
 * @param <T> what was looked for
 * @param value what was found, or null if there is no such image
 * @param trail where it was looked for
 */
public record Finding<T>(@Nullable T value, Trail trail) {

	static <T> Finding<T> absent(Trail trail) {
		return new Finding<>(null, trail);
	}

}
