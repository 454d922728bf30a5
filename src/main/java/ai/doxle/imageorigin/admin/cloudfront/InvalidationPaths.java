package ai.doxle.imageorigin.admin.cloudfront;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

import org.springframework.web.util.UriUtils;

import ai.doxle.imageorigin.image.ImageSelection;
import ai.doxle.imageorigin.image.ImageTags;

/**
 * Images in the words of CloudFront's invalidations: cache tags with {@code #} before
 * them, and paths that end in {@code *} where there is no tag. A tag takes an image
 * however its path was spelled; each costs as much as a path.
 */
final class InvalidationPaths {

	/** What RFC 2396 section 2.3 calls marks, and {@code encodeURIComponent} leaves. */
	private static final List<String> MARKS = List.of("!", "'", "(", ")", "*");

	private final String prefix;

	/**
	 * @param prefix what precedes the key in viewers' paths
	 */
	InvalidationPaths(String prefix) {
		this.prefix = prefix;
	}

	/** The tag, or the paths, that cover a selection. */
	List<String> of(ImageSelection selection) {
		return switch (selection) {
			case ImageSelection.OneImage one -> List.of("#" + ImageTags.own(one.key()));
			case ImageSelection.Below below -> below(below.path());
			case ImageSelection.Tagged tagged -> List.of("#" + tagged.tag());
			case ImageSelection.All all -> List.of(this.prefix + "/*");
		};
	}

	/**
	 * The tag of a project or block may take more than its directory: the edge asks for
	 * that again.
	 */
	private List<String> below(String path) {
		String tag = ImageTags.ofDirectory(path);
		return (tag != null) ? List.of("#" + tag) : spellings(path);
	}

	/**
	 * Clients spell some characters in several ways, and CloudFront caches by what they
	 * wrote: {@code +} and {@code %2B}, for example. Named are the spellings of
	 * JavaScript's two functions and of those who trust letters and digits only. RFC 3986
	 * never encodes the tilde, RFC 1738 always does.
	 */
	private List<String> spellings(String path) {
		Set<String> paths = new LinkedHashSet<>();
		for (UnaryOperator<String> coding : List.<UnaryOperator<String>>of(InvalidationPaths::encodeUri,
				InvalidationPaths::encodeUriComponent, InvalidationPaths::encodeReserved)) {
			String spelled = segments(path, coding);
			paths.add(this.prefix + "/" + spelled.replace("~", "%7E") + "/*");
			paths.add(this.prefix + "/" + spelled + "/*");
		}
		return List.copyOf(paths);
	}

	private static String segments(String path, UnaryOperator<String> coding) {
		return Arrays.stream(path.split("/", -1)).map(coding).collect(Collectors.joining("/"));
	}

	/**
	 * As {@code encodeURI} does, and as CloudFront wants it: what cannot be in a path is
	 * encoded, and nothing else.
	 */
	private static String encodeUri(String segment) {
		return UriUtils.encodePathSegment(segment, StandardCharsets.UTF_8);
	}

	private static String encodeUriComponent(String segment) {
		String encoded = encodeReserved(segment);
		for (String mark : MARKS) {
			encoded = encoded.replace(encodeReserved(mark), mark);
		}
		return encoded;
	}

	/** As a client does that trusts no character but letters, digits and {@code -._~}. */
	private static String encodeReserved(String segment) {
		return UriUtils.encode(segment, StandardCharsets.UTF_8);
	}

}
