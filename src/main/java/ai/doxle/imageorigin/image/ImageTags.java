package ai.doxle.imageorigin.image;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The cache tags of an image, by which a whole project or block can be purged: the pairs
 * {@code projects/{id}} and {@code blocks/{id}} of its key become {@code project:{id}}
 * and {@code block:{id}}. An id with other characters than letters, digits, {@code .},
 * {@code _} and {@code -} makes no tag.
 */
public final class ImageTags {

	private static final Pattern ID = Pattern.compile("[A-Za-z0-9._-]+");

	private static final String PROJECT = "project:";

	private static final String BLOCK = "block:";

	private ImageTags() {
	}

	/**
	 * The tags of a key, in the order of its segments.
	 */
	public static List<String> of(ImageKey key) {
		String[] segments = key.value().split("/", -1);
		List<String> tags = new ArrayList<>(2);
		for (int i = 0; i + 2 < segments.length; i++) {
			String id = segments[i + 1];
			switch (segments[i]) {
				case "projects" -> addTag(tags, PROJECT, id);
				case "blocks" -> addTag(tags, BLOCK, id);
				default -> {
				}
			}
		}
		return tags;
	}

	/**
	 * Whether any image can have a tag.
	 */
	public static boolean isTag(String text) {
		int colon = text.indexOf(':');
		return (text.startsWith(PROJECT) || text.startsWith(BLOCK)) && ID.matcher(text.substring(colon + 1)).matches();
	}

	private static void addTag(List<String> tags, String kind, String id) {
		if (ID.matcher(id).matches()) {
			tags.add(kind + id);
		}
	}

}
