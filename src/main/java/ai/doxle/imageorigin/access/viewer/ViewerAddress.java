package ai.doxle.imageorigin.access.viewer;

import java.util.List;
import java.util.Locale;

import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;

import ai.doxle.imageorigin.image.ImageKey;

/**
 * The addresses of images as viewers see them.
 */
public final class ViewerAddress {

	private final @Nullable String configured;

	private final String imagePath;

	/**
	 * @param configured scheme and host, or null for those of each request
	 * @param imagePath the path under which images are served
	 */
	public ViewerAddress(@Nullable String configured, String imagePath) {
		this.configured = configured;
		this.imagePath = imagePath;
	}

	/**
	 * Scheme and host of the images that a request's client sees.
	 * @param secure whether the request came over TLS
	 * @return such as {@code https://images.example.com}; null if the request names no
	 * host, and the configuration none either
	 */
	public @Nullable String base(HttpHeaders headers, boolean secure) {
		if (this.configured != null) {
			return this.configured;
		}
		List<String> hosts = headers.getOrEmpty(HttpHeaders.HOST);
		return (hosts.size() == 1) ? base(secure ? "https" : "http", hosts.getFirst()) : null;
	}

	/** The same, for a request that came to a cache in front. */
	public String base(String scheme, String host) {
		return (this.configured != null) ? this.configured : scheme + "://" + host.toLowerCase(Locale.ROOT);
	}

	/** The path under which images are served, without a slash at its end. */
	public String imagePath() {
		return this.imagePath;
	}

	/**
	 * The address of an image, its key not encoded: spellings of one path are the same.
	 */
	String image(String base, ImageKey key) {
		return base + this.imagePath + '/' + key.value();
	}

}
