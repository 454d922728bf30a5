package ai.doxle.imageorigin.session;

import java.util.regex.Pattern;

/**
 * Ids of projects that may stand in a policy and in the path of a cookie. One with
 * {@code *} or {@code ?} would widen the policy, one with a slash or of dots would be
 * another path.
 */
public final class ProjectIds {

	/** The most projects of one session: as many sets of cookies as any browser keeps. */
	public static final int MAX = 16;

	private static final Pattern ID = Pattern.compile("(?!\\.{1,2}$)[A-Za-z0-9._-]{1,128}");

	private ProjectIds() {
	}

	/** Whether an id may. */
	public static boolean isValid(String id) {
		return ID.matcher(id).matches();
	}

}
