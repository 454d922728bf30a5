package ai.doxle.imageorigin.session;

import java.util.List;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

import ai.doxle.imageorigin.access.viewer.SignedCookies;
import ai.doxle.imageorigin.session.SessionProperties.SameSite;

/**
 * The cookies of a session as {@code Set-Cookie} has them (RFC 6265): three for each
 * project, with its path, and one for all, without which CloudFront takes every signature
 * for one of SHA-1 and refuses it.
 */
final class SessionCookies {

	private static final String HASH_ALGORITHM = SignedCookies.PREFIX + "Hash-Algorithm=";

	private static final List<String> ENDED = List.of(SignedCookies.PREFIX + "Policy=",
			SignedCookies.PREFIX + "Signature=", SignedCookies.PREFIX + "Key-Pair-Id=");

	private final String imagePath;

	private final String attributes;

	SessionCookies(String imagePath, SameSite sameSite) {
		this.imagePath = imagePath;
		this.attributes = "; Secure; HttpOnly; SameSite=" + ((sameSite == SameSite.NONE) ? "None; Partitioned" : "Lax");
	}

	/** The path of a project's images, or of all. */
	String path(@Nullable String project) {
		return this.imagePath + '/' + ((project != null) ? "projects/" + project + '/' : "");
	}

	/**
	 * The three cookies of a project.
	 * @param signed each as {@code name=value}
	 * @param seconds how long they last
	 */
	Stream<String> ofProject(@Nullable String project, List<String> signed, long seconds) {
		return signed.stream().map((pair) -> cookie(pair, path(project), seconds));
	}

	/**
	 * The one that tells the hash algorithm of all signatures.
	 * @param seconds how long it lasts: as long as any session may, since it is shared by
	 * all of a browser
	 */
	String ofAll(long seconds) {
		return cookie(HASH_ALGORITHM + "SHA256", path(null), seconds);
	}

	/** Ends the cookies of a project. */
	Stream<String> endProject(@Nullable String project) {
		return ofProject(project, ENDED, 0);
	}

	/** Ends the one without which none of the others is worth anything. */
	String endAll() {
		return cookie(HASH_ALGORITHM, path(null), 0);
	}

	private String cookie(String pair, String path, long seconds) {
		return pair + "; Path=" + path + "; Max-Age=" + seconds + this.attributes;
	}

}
