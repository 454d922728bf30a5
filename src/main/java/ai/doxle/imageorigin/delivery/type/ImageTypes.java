package ai.doxle.imageorigin.delivery.type;

import java.util.Set;
import java.util.stream.Collectors;

import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageSignature;
import ai.doxle.imageorigin.image.MediaTypes;

/**
 * Decides what is an image: by the declared type, and by the first bytes where they are
 * at hand.
 */
public final class ImageTypes {

	private final boolean enforced;

	private final Set<String> allowed;

	public ImageTypes(ImageTypeProperties properties) {
		this.enforced = properties.enforced();
		this.allowed = properties.allowed().stream().map(MediaTypes::essence).collect(Collectors.toSet());
	}

	/**
	 * Checks a head whose bytes have not been seen. An undeclared type is given the
	 * benefit of the doubt if the bytes can tell it.
	 * @return the head, with a type that can be sent
	 * @throws ImageFailure.NotAnImage if its declared type is not allowed, or there is
	 * none and never will be
	 */
	ImageHead check(ImageHead head) {
		if (this.enforced && !ImageSignature.isUndeclared(head.mediaType())) {
			requireAllowed(head.mediaType());
		}
		else if (this.enforced && (head.length() == 0 || isCoded(head))) {
			throw unknown();
		}
		return wellFormed(head);
	}

	/**
	 * Checks a head by the first bytes of its image. Coded bytes tell nothing, and
	 * neither do none.
	 * @param start as many bytes as tell what the image
	 * {@linkplain ImageSignature#needsMore is}, or the whole image if it has less
	 * @return the head with the type that was found where none was declared
	 * @throws ImageFailure.NotAnImage if the type is not allowed, not what the bytes are,
	 * or neither declared nor found
	 */
	ImageHead check(ImageHead head, byte[] start) {
		if (!this.enforced) {
			return wellFormed(head);
		}
		byte[] telling = isCoded(head) ? new byte[0] : start;
		ImageHead checked = ImageSignature.isUndeclared(head.mediaType()) ? head.withMediaType(sniff(telling))
				: denyOtherType(head, telling);
		requireAllowed(checked.mediaType());
		return wellFormed(checked);
	}

	/**
	 * Whether an image cannot be checked by its first bytes yet: SVG has long prologues.
	 */
	boolean needsMore(ImageHead head, byte[] start) {
		if (start.length < ImageSignature.LENGTH) {
			return true;
		}
		boolean isSvg = ImageSignature.isUndeclared(head.mediaType())
				|| ImageSignature.ofType(head.mediaType()).filter(ImageSignature.SVG::equals).isPresent();
		return this.enforced && isSvg && !isCoded(head) && ImageSignature.needsMore(start);
	}

	private static ImageHead wellFormed(ImageHead head) {
		return head.withMediaType(MediaTypes.wellFormed(head.mediaType()));
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

	private static ImageHead denyOtherType(ImageHead head, byte[] start) {
		boolean denied = start.length > 0 && ImageSignature.ofType(head.mediaType())
			.filter((signature) -> !signature.matches(start) && !isUndecided(signature, head, start))
			.isPresent();
		if (denied) {
			throw new ImageFailure.NotAnImage("the bytes are not " + head.mediaType());
		}
		return head;
	}

	/** A declared SVG whose prologue is longer than what is looked at is believed. */
	private static boolean isUndecided(ImageSignature signature, ImageHead head, byte[] start) {
		return signature == ImageSignature.SVG && start.length < head.length()
				&& ImageSignature.isUnfinishedPrologue(start);
	}

	private void requireAllowed(String mediaType) {
		String essence = MediaTypes.essence(mediaType);
		String range = essence.substring(0, essence.indexOf('/') + 1) + "*";
		boolean isAllowed = this.allowed.contains(essence) || this.allowed.contains(range);
		if (!isAllowed || !MediaTypes.isEssence(essence)) {
			throw new ImageFailure.NotAnImage("'" + mediaType + "' is not an allowed type");
		}
	}

}
