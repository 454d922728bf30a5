package ai.doxle.imageorigin.image;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

import org.jspecify.annotations.Nullable;

/**
 * What is known of an image without its bytes.
 *
 * @param etag names this version of the image
 * @param lastModified when this version was written, in whole seconds as HTTP dates are
 * @param length bytes of the whole image
 * @param mediaType what the bytes are, e.g. {@code image/jpeg}; declared by whoever
 * stored it, or found in the bytes
 * @param contentEncoding how the stored bytes are coded, e.g. {@code gzip} for an
 * {@code .svgz}, or null
 */
public record ImageHead(ETag etag, Instant lastModified, long length, String mediaType,
		@Nullable String contentEncoding) {

	public ImageHead {
		lastModified = lastModified.truncatedTo(ChronoUnit.SECONDS);
	}

	public ImageHead withMediaType(String found) {
		return new ImageHead(this.etag, this.lastModified, this.length, found, this.contentEncoding);
	}

}
