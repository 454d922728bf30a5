package ai.doxle.imageorigin.delivery;

import java.util.List;
import java.util.Locale;

import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageSignature;
import org.springframework.util.MimeType;

/**
 * Decides what is an image: by the declared type, and by the first bytes where they are
 * at hand.
 */
final class ImageTypes {

	private final boolean enforced;

	private final List<MimeType> allowed;

	ImageTypes(ImageTypeProperties properties) {
		this.enforced = properties.enforced();
		this.allowed = properties.allowed().stream().map(MimeType::valueOf).toList();
	}

	/**
	 * Judges a head whose bytes have not been seen. An undeclared type is given the
	 * benefit of the doubt.
	 * @throws ImageFailure.NotAnImage if its declared type is not allowed
	 */
	ImageHead judge(ImageHead head) {
		if (this.enforced && !ImageSignature.isUndeclared(head.mediaType())) {
			requireAllowed(head.mediaType());
		}
		return head;
	}

	/**
	 * Judges a head by the first bytes of its image.
	 * @param start {@value ImageSignature#LENGTH} bytes, or the whole image if it has
	 * less
	 * @return the head with the type that was found where none was declared
	 * @throws ImageFailure.NotAnImage if the type is not allowed, or not what the bytes
	 * are
	 */
	ImageHead judge(ImageHead head, byte[] start) {
		if (!this.enforced || start.length == 0 || head.contentEncoding() != null) {
			return judge(head);
		}
		ImageHead judged = ImageSignature.isUndeclared(head.mediaType()) ? head.withMediaType(sniff(start))
				: denyImpostor(head, start);
		requireAllowed(judged.mediaType());
		return judged;
	}

	private static String sniff(byte[] start) {
		return ImageSignature.of(start)
			.map(ImageSignature::mediaType)
			.orElseThrow(() -> new ImageFailure.NotAnImage("no type was declared and the bytes are no known image"));
	}

	private static ImageHead denyImpostor(ImageHead head, byte[] start) {
		boolean denied = ImageSignature.ofType(head.mediaType())
			.filter((signature) -> !signature.matches(start))
			.isPresent();
		if (denied) {
			throw new ImageFailure.NotAnImage("the bytes are not " + head.mediaType());
		}
		return head;
	}

	private void requireAllowed(String mediaType) {
		if (this.allowed.stream().noneMatch((type) -> type.includes(parse(mediaType)))) {
			throw new ImageFailure.NotAnImage(mediaType + " is not an allowed type");
		}
	}

	private static MimeType parse(String mediaType) {
		try {
			return MimeType.valueOf(mediaType.toLowerCase(Locale.ROOT));
		}
		catch (IllegalArgumentException ex) {
			throw new ImageFailure.NotAnImage("'" + mediaType + "' is not a media type");
		}
	}

}
