package ai.doxle.imageorigin.image;

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
		int bytes = 0;
		int segment = 0;
		for (int i = 0; i < value.length(); i++) {
			char character = value.charAt(i);
			if (Character.isISOControl(character)) {
				throw new InvalidImageKeyException("the key has a control character");
			}
			if (character == '/') {
				requireNoDots(value, segment, i);
				segment = i + 1;
			}
			bytes += utf8Length(character);
		}
		requireNoDots(value, segment, value.length());
		if (bytes > MAX_BYTES) {
			throw new InvalidImageKeyException("the key is longer than " + MAX_BYTES + " bytes");
		}
	}

	private static void requireNoDots(String value, int from, int to) {
		boolean dots = (to - from == 1 || to - from == 2) && value.charAt(from) == '.' && value.charAt(to - 1) == '.';
		if (dots) {
			throw new InvalidImageKeyException("the key has a '.' or '..' segment");
		}
	}

	/** Each half of a surrogate pair counts for two of its four bytes. */
	private static int utf8Length(char character) {
		if (character < 0x80) {
			return 1;
		}
		return (character < 0x800 || Character.isSurrogate(character)) ? 2 : 3;
	}

	@Override
	public String toString() {
		return this.value;
	}

}
