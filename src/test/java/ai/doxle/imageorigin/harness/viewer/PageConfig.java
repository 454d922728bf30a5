package ai.doxle.imageorigin.harness.viewer;

import java.util.List;

/**
 * The page's {@code config.json}; {@code viewer/README.md} explains the fields.
 *
 * @param setting a sentence about the surroundings
 * @param imagePath what the paths of images begin with
 * @param sessionPath where a token is traded for a session
 * @param edges where viewers are
 * @param users who may sign in
 * @param images keys of images that are shown
 * @param more keys of others that can be requested
 * @param management the doors to the tiers and the bucket
 * @param emulated a sentence about emulated round trips
 * @param hints what to try besides
 */
record PageConfig(String setting, String imagePath, String sessionPath, List<Edge> edges, List<User> users,
		List<String> images, List<String> more, Management management, String emulated, List<Hint> hints) {

	/**
	 * An edge.
	 *
	 * @param name where it is
	 * @param url scheme, host and port
	 */
	record Edge(String name, String url) {

	}

	/**
	 * Somebody with a token.
	 *
	 * @param name what the page calls them
	 * @param projects the projects that the token grants
	 * @param token the token
	 */
	record User(String name, List<String> projects, String token) {

	}

	/**
	 * Addresses of the page's own server.
	 *
	 * @param images shows and purges
	 * @param uploads takes uploads
	 */
	record Management(String images, String uploads) {

	}

	/**
	 * Something to try.
	 *
	 * @param text what, in words
	 * @param command the command for it
	 */
	record Hint(String text, String command) {

	}

}
