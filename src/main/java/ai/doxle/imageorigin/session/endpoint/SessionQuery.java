package ai.doxle.imageorigin.session.endpoint;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;

import ai.doxle.imageorigin.session.ProjectIds;
import ai.doxle.imageorigin.web.request.InvalidRequestException;

/**
 * The query of a request for a session: {@code project=} any number of times, and
 * {@code end}. Other parameters are ignored.
 *
 * @param projects the projects that it names, each once
 * @param end whether the session is to end
 */
record SessionQuery(List<String> projects, boolean end) {

	private static final String PROJECT = "project";

	private static final String END = "end";

	/**
	 * Reads a query.
	 * @throws InvalidRequestException if it names a project whose id cannot be one, or
	 * too many
	 */
	static SessionQuery read(@Nullable String rawQuery) {
		Set<String> projects = new LinkedHashSet<>();
		boolean end = false;
		for (String parameter : ((rawQuery != null) ? rawQuery : "").split("&", -1)) {
			int equals = parameter.indexOf('=');
			String name = decode((equals < 0) ? parameter : parameter.substring(0, equals));
			if (PROJECT.equals(name)) {
				projects.add(id(decode((equals < 0) ? "" : parameter.substring(equals + 1))));
			}
			end |= END.equals(name);
		}
		if (projects.size() > ProjectIds.MAX) {
			throw invalid("Name at most " + ProjectIds.MAX + " projects in one request");
		}
		return new SessionQuery(List.copyOf(projects), end);
	}

	private static String id(String id) {
		if (!ProjectIds.isValid(id)) {
			throw invalid("A project's id has 1 to 128 letters, digits, '.', '_' and '-', and is not '.' or '..'");
		}
		return id;
	}

	private static String decode(String encoded) {
		try {
			return URLDecoder.decode(encoded, StandardCharsets.UTF_8);
		}
		catch (IllegalArgumentException ex) {
			throw invalid("Cannot read the query: it has an incomplete percent-escape");
		}
	}

	private static InvalidRequestException invalid(String message) {
		return new InvalidRequestException(HttpStatus.BAD_REQUEST, message);
	}

}
