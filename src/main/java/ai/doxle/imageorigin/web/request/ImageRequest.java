package ai.doxle.imageorigin.web.request;

import org.jspecify.annotations.Nullable;

import ai.doxle.imageorigin.image.ImageKey;

/**
 * What a GET or HEAD request asks for.
 *
 * @param key the image
 * @param bodiless whether only the head is wanted (HEAD)
 * @param preconditions when the image is wanted at all
 * @param range which bytes are wanted, or null for all; HEAD has none (RFC 9110 section
 * 14.2)
 */
public record ImageRequest(ImageKey key, boolean bodiless, Preconditions preconditions, @Nullable RangeHeader range) {

	/** Whether the head must be known before a body is opened. */
	public boolean needsHeadFirst() {
		return this.bodiless || this.range != null || !this.preconditions.isEmpty();
	}

}
