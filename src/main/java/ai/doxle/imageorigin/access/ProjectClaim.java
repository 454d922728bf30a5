package ai.doxle.imageorigin.access;

import java.util.Collection;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.springframework.security.oauth2.jwt.Jwt;

import ai.doxle.imageorigin.image.ImageKey;

/**
 * The claim that lists the projects a token may read.
 */
final class ProjectClaim {

	private static final double MAX_EXACT = (1L << 53) - 1;

	private static final Pattern PROJECT = Pattern.compile("projects/([^/]+)/.+", Pattern.DOTALL);

	private final String name;

	ProjectClaim(String name) {
		this.name = name;
	}

	/**
	 * Whether the token's projects cover a key. A token without the claim covers nothing,
	 * a key outside {@code projects/} is covered by nothing.
	 */
	boolean covers(Jwt token, ImageKey key) {
		Matcher project = PROJECT.matcher(key.value());
		return project.matches() && ids(token).stream().anyMatch((id) -> names(id, project.group(1)));
	}

	private Collection<?> ids(Jwt token) {
		Object claim = token.getClaims().get(this.name);
		if (claim == null) {
			return List.of();
		}
		return (claim instanceof Collection<?> list) ? list : List.of(claim);
	}

	private static boolean names(Object id, String project) {
		return switch (id) {
			case String text -> text.equals(project);
			case Double number -> isExact(number) && Long.toString(number.longValue()).equals(project);
			case Number number -> number.toString().equals(project);
			default -> false;
		};
	}

	/**
	 * Whether a number that JSON wrote as {@code 123.0} or {@code 1.23e2} is an integer.
	 * Beyond 2^53 several are read as the same, and it is none of them.
	 */
	private static boolean isExact(double number) {
		return Math.rint(number) == number && Math.abs(number) <= MAX_EXACT;
	}

}
