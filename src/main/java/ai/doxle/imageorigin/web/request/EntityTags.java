package ai.doxle.imageorigin.web.request;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import ai.doxle.imageorigin.image.ETag;

/**
 * The value of {@code If-Match} or {@code If-None-Match} (RFC 9110 sections 13.1.1 and
 * 13.1.2): any version, or a list of entity tags. A member that is no entity tag matches
 * nothing.
 *
 * @param any whether it is {@code *}
 * @param tags the listed tags
 */
record EntityTags(boolean any, List<ETag> tags) {

	private static final Pattern TAG = Pattern.compile("\\G[\\s,]*(W/)?\"([!#-~\\u0080-\\u00FF]*)\"\\s*(?=,|$)");

	/**
	 * Reads the values of a header.
	 * @param values the header's lines, which make one list together
	 * @return the tags, or empty if there is no such header
	 */
	static Optional<EntityTags> of(List<String> values) {
		if (values.isEmpty()) {
			return Optional.empty();
		}
		String text = String.join(",", values);
		return Optional.of(new EntityTags(text.strip().equals("*"), parse(text)));
	}

	boolean matches(Predicate<ETag> comparison) {
		return this.any || this.tags.stream().anyMatch(comparison);
	}

	private static List<ETag> parse(String text) {
		List<ETag> tags = new ArrayList<>();
		Matcher tag = TAG.matcher(text);
		while (tag.find()) {
			tags.add(new ETag(tag.group(2), tag.group(1) != null));
		}
		return tags;
	}

}
