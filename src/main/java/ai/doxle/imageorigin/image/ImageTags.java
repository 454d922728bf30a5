package ai.doxle.imageorigin.image;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * The cache tags of an image: those by which a whole project or block can be purged, and
 * one of its own.
 * <p>
 * The pairs {@code projects/{id}} and {@code blocks/{id}} of a key become
 * {@code project:{id}} and {@code block:{id}}. An id with other characters than letters,
 * digits, {@code .}, {@code _} and {@code -}, or with more than 128 of them, makes no
 * tag. The image's own tag is {@code key:} and the first 8 bytes of the SHA-256 of its
 * key, in hexadecimal: CDNs purge by it however the key is spelled in a path.
 */
public final class ImageTags {

	/** CloudFront takes tags of up to 256 characters. */
	private static final Pattern ID = Pattern.compile("[A-Za-z0-9._-]{1,128}");

	/** CloudFront takes 50 tags for each object, and one is the image's own. */
	private static final int MAX_SHARED = 49;

	private static final int DIGEST_BYTES = 8;

	private static final String PROJECT = "project:";

	private static final String BLOCK = "block:";

	private static final String KEY = "key:";

	private ImageTags() {
	}

	/**
	 * The tags that a key shares with others, in the order of its segments; the first
	 * {@value #MAX_SHARED}.
	 */
	public static List<String> of(ImageKey key) {
		String[] segments = key.value().split("/", -1);
		return shared(segments, segments.length - 1);
	}

	/** The tag that no other key has, for all practical purposes. */
	public static String own(ImageKey key) {
		byte[] digest = Sha256.digest(key.value());
		return KEY + HexFormat.of().formatHex(digest, 0, DIGEST_BYTES);
	}

	/**
	 * All tags of a key, as {@code Cache-Tag} lists them: the shared ones, then its own.
	 */
	public static String all(ImageKey key) {
		List<String> tags = new ArrayList<>(of(key));
		tags.add(own(key));
		return String.join(",", tags);
	}

	/**
	 * The tag of the project or block whose directory a path is; null if it is neither.
	 * @param path whole segments, without a slash at its end
	 */
	public static @Nullable String ofDirectory(String path) {
		String[] segments = path.split("/", -1);
		List<String> tags = shared(segments, segments.length);
		int above = shared(segments, segments.length - 1).size();
		return (tags.size() > above) ? tags.getLast() : null;
	}

	/**
	 * Whether images can share a tag. Their own tags are none of these: from a digest,
	 * the key cannot be told.
	 */
	public static boolean isTag(String text) {
		int colon = text.indexOf(':');
		return (text.startsWith(PROJECT) || text.startsWith(BLOCK)) && ID.matcher(text.substring(colon + 1)).matches();
	}

	/** The tags of a path's first segments. */
	private static List<String> shared(String[] segments, int count) {
		List<String> tags = new ArrayList<>(2);
		for (int i = 0; i + 1 < count && tags.size() < MAX_SHARED; i++) {
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

	private static void addTag(List<String> tags, String kind, String id) {
		if (ID.matcher(id).matches()) {
			tags.add(kind + id);
		}
	}

}
