package ai.doxle.imageorigin.web.request;

import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;

import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.InvalidImageKeyException;

/**
 * Reads image requests; the only place that sees raw paths.
 */
public final class ImageRequestReader {

	private final String prefix;

	/**
	 * @param path the path under which images are served
	 */
	public ImageRequestReader(String path) {
		this.prefix = path + "/";
	}

	/**
	 * Whether a request is for an image.
	 * @param rawPath the request's path as it was sent
	 */
	public boolean concerns(@Nullable String rawPath) {
		return rawPath != null && rawPath.startsWith(this.prefix);
	}

	/**
	 * Reads a GET or HEAD request.
	 * @param method the method
	 * @param rawPath the path as it was sent, without the query
	 * @param headers the headers
	 * @throws InvalidRequestException if the method or the key is not ours
	 */
	public ImageRequest read(HttpMethod method, String rawPath, HttpHeaders headers) {
		boolean bodiless = HttpMethod.HEAD.equals(method);
		if (!bodiless && !HttpMethod.GET.equals(method)) {
			throw new InvalidRequestException(HttpStatus.METHOD_NOT_ALLOWED, "Images can be read only");
		}
		return new ImageRequest(key(rawPath), bodiless, Preconditions.of(headers),
				bodiless ? null : RangeHeader.of(headers).orElse(null));
	}

	private ImageKey key(String rawPath) {
		try {
			return new ImageKey(PercentCoding.decode(rawPath.substring(this.prefix.length())));
		}
		catch (InvalidImageKeyException ex) {
			throw new InvalidRequestException(HttpStatus.BAD_REQUEST, "Invalid image key: " + ex.getMessage());
		}
		catch (IllegalArgumentException ex) {
			throw new InvalidRequestException(HttpStatus.BAD_REQUEST, "Cannot read the path: " + ex.getMessage());
		}
	}

}
