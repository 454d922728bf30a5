package ai.doxle.imageorigin.session;

import java.time.Instant;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * A session of a viewer.
 *
 * @param projects the projects whose images it shows; null for all images
 * @param expires when it ends, in whole seconds
 * @param renewAfter from when on it should be renewed
 * @param cookies the values of {@code Set-Cookie} that begin it
 */
public record ViewerSession(@Nullable List<String> projects, Instant expires, Instant renewAfter,
		List<String> cookies) {

}
