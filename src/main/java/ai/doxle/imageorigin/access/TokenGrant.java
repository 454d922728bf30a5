package ai.doxle.imageorigin.access;

import java.time.Instant;
import java.util.Collection;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * What a verified token grants.
 *
 * @param projects the ids of the projects whose images it may read; null if tokens are
 * not limited to projects, and it may read all images
 * @param expires when it expires; null for never
 */
public record TokenGrant(@Nullable Set<String> projects, @Nullable Instant expires) {

	/**
	 * Checks that it grants projects.
	 * @throws AccessFailure.NotAllowed if not every one of them is granted
	 */
	public void require(Collection<String> wanted) {
		if (this.projects != null && !this.projects.containsAll(wanted)) {
			throw new AccessFailure.NotAllowed("The token does not grant every one of these projects");
		}
	}

}
