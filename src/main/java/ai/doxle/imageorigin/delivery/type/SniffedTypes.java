package ai.doxle.imageorigin.delivery.type;

import java.util.Optional;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import ai.doxle.imageorigin.image.ETag;
import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;

/**
 * Remembers what the bytes of an image said of its type, for responses that do not see
 * them: HEAD, 304 and later ranges. Bounded; a forgotten type is found again by the next
 * reader of the whole image.
 */
final class SniffedTypes {

	private static final int MAX_VERSIONS = 10_000;

	/** The type that was found, or empty if the bytes are no allowed image. */
	private final Cache<Version, Optional<String>> sniffed = Caffeine.newBuilder()
		.maximumSize(MAX_VERSIONS)
		.executor(Runnable::run)
		.build();

	void remember(ImageKey key, ImageHead checked) {
		this.sniffed.put(new Version(key, checked.etag()), Optional.of(checked.mediaType()));
	}

	void rememberDenied(ImageKey key, ImageHead head) {
		this.sniffed.put(new Version(key, head.etag()), Optional.empty());
	}

	/**
	 * Gives a head the type that was found in its image's bytes, if they have been seen.
	 * @throws ImageFailure.NotAnImage if the bytes were found to be no allowed image
	 */
	ImageHead recall(ImageKey key, ImageHead head) {
		Optional<String> known = this.sniffed.getIfPresent(new Version(key, head.etag()));
		if (known == null) {
			return head;
		}
		return known.map(head::withMediaType)
			.orElseThrow(() -> new ImageFailure.NotAnImage("the bytes are not " + head.mediaType()));
	}

	private record Version(ImageKey key, ETag etag) {

	}

}
