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
	 * benefit of the doubt if the bytes can tell it.
	 * @throws ImageFailure.NotAnImage if its declared type is not allowed, or there is
	 * none and never will be
	 */
	ImageHead judge(ImageHead head) {
		if (!this.enforced) {
			return head;
		}
		if (!ImageSignature.isUndeclared(head.mediaType())) {
			requireAllowed(head.mediaType());
		}
		else if (head.length() == 0 || isCoded(head)) {
			throw unknown();
		}
		return head;
	}

	/**
	 * Judges a head by the first bytes of its image. Coded bytes tell nothing, and
	 * neither do none.
	 * @param start {@value ImageSignature#LENGTH} bytes, or the whole image if it has
	 * less
	 * @return the head with the type that was found where none was declared
	 * @throws ImageFailure.NotAnImage if the type is not allowed, not what the bytes are,
	 * or neither declared nor found
	 */
	ImageHead judge(ImageHead head, byte[] start) {
		if (!this.enforced) {
			return head;
		}
		byte[] telling = isCoded(head) ? new byte[0] : start;
		ImageHead judged = ImageSignature.isUndeclared(head.mediaType()) ? head.withMediaType(sniff(telling))
				: denyImpostor(head, telling);
		requireAllowed(judged.mediaType());
		return judged;
	}

	private static boolean isCoded(ImageHead head) {
		return head.contentEncoding() != null;
	}

	private static String sniff(byte[] start) {
		return ImageSignature.of(start).map(ImageSignature::mediaType).orElseThrow(ImageTypes::unknown);
	}

	private static ImageFailure unknown() {
		return new ImageFailure.NotAnImage("no type was declared and the bytes are no known image");
	}

	private static ImageHead denyImpostor(ImageHead head, byte[] start) {
		boolean denied = start.length > 0
				&& ImageSignature.ofType(head.mediaType()).filter((signature) -> !signature.matches(start)).isPresent();
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
