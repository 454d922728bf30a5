package ai.doxle.imageorigin.access;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;
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

	/** The ids that a token names, as they stand in keys, in their order. */
	Set<String> projects(Jwt token) {
		Set<String> projects = new LinkedHashSet<>();
		for (Object id : ids(token)) {
			String text = text(id);
			if (text != null) {
				projects.add(text);
			}
		}
		return projects;
	}

	private Collection<?> ids(Jwt token) {
		Object claim = token.getClaims().get(this.name);
		if (claim == null) {
			return List.of();
		}
		return (claim instanceof Collection<?> list) ? list : List.of(claim);
	}

	private static boolean names(@Nullable Object id, String project) {
		return project.equals(text(id));
	}

	/** An id as it stands in a key, or null if it is none. */
	private static @Nullable String text(@Nullable Object id) {
		return switch (id) {
			case String text -> text;
			case Double number -> isExact(number) ? Long.toString(number.longValue()) : null;
			case Number number -> number.toString();
			case null, default -> null;
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
