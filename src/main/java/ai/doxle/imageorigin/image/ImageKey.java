package ai.doxle.imageorigin.image;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The name of an image in its bucket: an S3 object key, already percent-decoded.
 * <p>
 * A key is never empty, has at most {@value #MAX_BYTES} bytes of UTF-8 (S3's own limit),
 * no control characters (C0, DEL, C1) and no {@code .} or {@code ..} segment, which S3
 * takes literally but proxies and SDKs on the way may not. Everything else, {@code //},
 * {@code ;} and {@code +} included, stands for itself; differently normalised Unicode
 * makes different keys.
 *
 * @param value the key as S3 knows it
 */
public record ImageKey(String value) {

	/** The most bytes of UTF-8 that a key may have. */
	public static final int MAX_BYTES = 1024;

	/**
	 * Checks the rules above.
	 * @throws InvalidImageKeyException if one is broken
	 */
	public ImageKey {
		if (value.isEmpty()) {
			throw new InvalidImageKeyException("the key is empty");
		}
		if (value.chars().anyMatch(Character::isISOControl)) {
			throw new InvalidImageKeyException("the key has a control character");
		}
		if (value.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
			throw new InvalidImageKeyException("the key is longer than " + MAX_BYTES + " bytes");
		}
		if (Arrays.stream(value.split("/", -1)).anyMatch(ImageKey::isDotSegment)) {
			throw new InvalidImageKeyException("the key has a '.' or '..' segment");
		}
	}

	private static boolean isDotSegment(String segment) {
		return segment.equals(".") || segment.equals("..");
	}

	@Override
	public String toString() {
		return this.value;
	}

}
