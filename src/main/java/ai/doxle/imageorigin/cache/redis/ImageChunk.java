package ai.doxle.imageorigin.cache.redis;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

import org.jspecify.annotations.Nullable;

import ai.doxle.imageorigin.image.ByteSpan;

/**
 * The format of a chunk of an image: one byte of version, the CRC-32C of the rest, the
 * chunk's index, its generation (one byte of length, then ASCII) and its payload.
 */
final class ImageChunk {

	/** Bytes of the image in a chunk; the last chunk may be shorter. */
	static final int SIZE = 256 * 1024;

	private static final byte VERSION = 1;

	/** Version and checksum. */
	private static final int PREAMBLE = 1 + Integer.BYTES;

	private ImageChunk() {
	}

	/** How many chunks an image has; an empty image has one. */
	static int count(long length) {
		return (int) Math.max(1, (length + SIZE - 1) / SIZE);
	}

	/** The bytes of an image that are in a chunk. */
	static ByteSpan span(long length, int index) {
		long first = (long) index * SIZE;
		return new ByteSpan(first, Math.min(length, first + SIZE) - 1);
	}

	/**
	 * Begins a chunk: a buffer of its size, positioned where the payload goes.
	 * @param length bytes of the whole image
	 */
	static ByteBuffer begin(String generation, int index, long length) {
		byte[] label = label(generation, index);
		int size = PREAMBLE + label.length + (int) span(length, index).length();
		return ByteBuffer.allocate(size).put(VERSION).putInt(0).put(label);
	}

	/** Finishes a chunk whose payload is complete: sets its checksum. */
	static ByteBuffer finish(ByteBuffer chunk) {
		chunk.flip();
		return chunk.putInt(1, checksum(chunk));
	}

	/**
	 * Reads a chunk.
	 * @param length bytes of the whole image
	 * @return its payload, or null if it is damaged or not the expected chunk
	 */
	static @Nullable ByteBuffer payload(ByteBuffer stored, String generation, int index, long length) {
		ByteBuffer chunk = stored.slice();
		byte[] label = label(generation, index);
		int start = PREAMBLE + label.length;
		int payload = (int) span(length, index).length();
		boolean intact = chunk.limit() == start + payload && chunk.get(0) == VERSION
				&& chunk.getInt(1) == checksum(chunk)
				&& chunk.slice(PREAMBLE, label.length).equals(ByteBuffer.wrap(label));
		return intact ? chunk.slice(start, payload) : null;
	}

	private static byte[] label(String generation, int index) {
		byte[] name = generation.getBytes(StandardCharsets.US_ASCII);
		return ByteBuffer.allocate(Integer.BYTES + 1 + name.length)
			.putInt(index)
			.put((byte) name.length)
			.put(name)
			.array();
	}

	private static int checksum(ByteBuffer chunk) {
		CRC32C crc = new CRC32C();
		crc.update(chunk.slice(PREAMBLE, chunk.limit() - PREAMBLE));
		return (int) crc.getValue();
	}

}
