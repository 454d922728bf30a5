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

	void remember(ImageKey key, ImageHead declared, ImageHead checked) {
		this.sniffed.put(Version.of(key, declared), Optional.of(checked.mediaType()));
	}

	void rememberDenied(ImageKey key, ImageHead declared) {
		this.sniffed.put(Version.of(key, declared), Optional.empty());
	}

	/**
	 * Gives a head the type that was found in its image's bytes, if they have been seen.
	 * @throws ImageFailure.NotAnImage if the bytes were found to be no allowed image
	 */
	ImageHead recall(ImageKey key, ImageHead head) {
		Optional<String> known = this.sniffed.getIfPresent(Version.of(key, head));
		if (known == null) {
			return head;
		}
		return known.map(head::withMediaType)
			.orElseThrow(() -> new ImageFailure.NotAnImage("the bytes are not " + head.mediaType()));
	}

	/** A type that is corrected in place leaves the entity tag as it was. */
	private record Version(ImageKey key, ETag etag, String declared) {

		static Version of(ImageKey key, ImageHead declared) {
			return new Version(key, declared.etag(), declared.mediaType());
		}

	}

}
