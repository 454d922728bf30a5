package ai.doxle.imageorigin.image;

/**
 * A run of bytes of an image, both ends included.
 *
 * @param first position of the first byte, from 0
 * @param last position of the last byte; {@code first - 1} for an empty span
 */
public record ByteSpan(long first, long last) {

	public ByteSpan {
		if (first < 0 || last < first - 1) {
			throw new IllegalArgumentException("not a span: " + first + "-" + last);
		}
	}

	/**
	 * All bytes of an image of that length.
	 */
	public static ByteSpan whole(long length) {
		return new ByteSpan(0, length - 1);
	}

	/** The number of bytes. */
	public long length() {
		return this.last - this.first + 1;
	}

	public boolean isEmpty() {
		return length() == 0;
	}

	/**
	 * What is left when the first {@code count} bytes are taken away.
	 */
	public ByteSpan skip(long count) {
		return new ByteSpan(this.first + count, this.last);
	}

	public boolean overlaps(ByteSpan other) {
		return this.first <= other.last && other.first <= this.last;
	}

	/**
	 * The span as ranges are written: {@code first-last}.
	 */
	@Override
	public String toString() {
		return this.first + "-" + this.last;
	}

}
