package ai.doxle.imageorigin.upkeep.cloudfront;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

import ai.doxle.imageorigin.image.ImageSelection;
import org.springframework.web.util.UriUtils;

/**
 * Images in the words of CloudFront's invalidations: paths, paths that end in {@code *},
 * and cache tags with {@code #} before them.
 */
final class InvalidationPaths {

	private final String prefix;

	/**
	 * @param prefix what precedes the key in viewers' paths
	 */
	InvalidationPaths(String prefix) {
		this.prefix = prefix;
	}

	/** The paths, or the tag, that cover a selection. */
	List<String> of(ImageSelection selection) {
		return switch (selection) {
			case ImageSelection.OneImage one -> spellings(one.key().value(), "");
			case ImageSelection.Below below -> spellings(below.path(), "/*");
			case ImageSelection.Tagged tagged -> List.of("#" + tagged.tag());
			case ImageSelection.All all -> List.of(this.prefix + "/*");
		};
	}

	/**
	 * Clients spell some characters in two ways, and CloudFront caches by what they
	 * wrote: {@code +} and {@code %2B}, for example.
	 */
	private List<String> spellings(String key, String rest) {
		Set<String> paths = new LinkedHashSet<>();
		paths.add(this.prefix + "/" + segments(key, InvalidationPaths::encodeUnsafe) + rest);
		paths.add(this.prefix + "/" + segments(key, InvalidationPaths::encodeReserved) + rest);
		return List.copyOf(paths);
	}

	private static String segments(String key, UnaryOperator<String> coding) {
		return Arrays.stream(key.split("/", -1)).map(coding).collect(Collectors.joining("/"));
	}

	/**
	 * As CloudFront wants it: non-ASCII characters and those that RFC 1738 calls unsafe
	 * are encoded, the tilde among them, and nothing else.
	 */
	private static String encodeUnsafe(String segment) {
		return UriUtils.encodePathSegment(segment, StandardCharsets.UTF_8).replace("~", "%7E");
	}

	/** As a client does that trusts no character but letters, digits and {@code -._}. */
	private static String encodeReserved(String segment) {
		return UriUtils.encode(segment, StandardCharsets.UTF_8).replace("~", "%7E");
	}

}
