package ai.doxle.imageorigin.web;

import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.InvalidImageKeyException;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.ServerHttpRequest;

/**
 * Reads image requests; the only place that sees raw paths.
 */
final class ImageRequestReader {

	private final String prefix;

	/**
	 * @param path the path under which images are served
	 */
	ImageRequestReader(String path) {
		this.prefix = path + "/";
	}

	/** Whether a request is for an image, by its raw path. */
	boolean concerns(ServerHttpRequest request) {
		String path = request.getURI().getRawPath();
		return path != null && path.startsWith(this.prefix);
	}

	/**
	 * Reads a GET or HEAD request.
	 * @throws InvalidRequestException if the method or the key is not ours
	 */
	ImageRequest read(ServerHttpRequest request) {
		boolean bodiless = HttpMethod.HEAD.equals(request.getMethod());
		if (!bodiless && !HttpMethod.GET.equals(request.getMethod())) {
			throw new InvalidRequestException(HttpStatus.METHOD_NOT_ALLOWED, "Images can be read only");
		}
		return new ImageRequest(key(request.getURI().getRawPath()), bodiless, Preconditions.of(request.getHeaders()),
				bodiless ? null : range(request));
	}

	private ImageKey key(String rawPath) {
		try {
			return new ImageKey(PercentCoding.decode(rawPath.substring(this.prefix.length())));
		}
		catch (InvalidImageKeyException ex) {
			throw new InvalidRequestException(HttpStatus.BAD_REQUEST,
					"No image can have this name: " + ex.getMessage());
		}
		catch (IllegalArgumentException ex) {
			throw new InvalidRequestException(HttpStatus.BAD_REQUEST, "Cannot read the path: " + ex.getMessage());
		}
	}

	private static @Nullable RangeHeader range(ServerHttpRequest request) {
		return RangeHeader.of(request.getHeaders()).orElse(null);
	}

}
