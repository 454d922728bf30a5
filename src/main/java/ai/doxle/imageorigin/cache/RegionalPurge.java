package ai.doxle.imageorigin.cache;

import java.time.Duration;
import java.util.List;

/**
 * What a purge has done in the region.
 *
 * @param images how many images the region forgot
 * @param unacknowledged the names of instances that are alive and did not say in time
 * that they have forgotten, too; sorted
 * @param waited how long the instances were waited for
 */
public record RegionalPurge(long images, List<String> unacknowledged, Duration waited) {

	/** Copies the names. */
	public RegionalPurge {
		unacknowledged = List.copyOf(unacknowledged);
	}

}
