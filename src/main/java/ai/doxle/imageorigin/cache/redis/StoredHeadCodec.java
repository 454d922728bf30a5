package ai.doxle.imageorigin.cache.redis;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.zip.CRC32C;

import org.jspecify.annotations.Nullable;

import ai.doxle.imageorigin.cache.redis.purge.JournalPosition;
import ai.doxle.imageorigin.image.ETag;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;

/**
 * Encodes heads: one byte of version, the CRC-32C of the rest, then the fields in the
 * order of {@link StoredHead} and {@link ImageHead}.
 */
final class StoredHeadCodec {

	private static final byte VERSION = 1;

	/** Version and checksum. */
	private static final int PREAMBLE = 1 + Integer.BYTES;

	private StoredHeadCodec() {
	}

	static byte[] encode(StoredHead head) {
		ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
		try (DataOutputStream out = new DataOutputStream(bytes)) {
			out.writeByte(VERSION);
			out.writeInt(0);
			write(out, head);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		byte[] encoded = bytes.toByteArray();
		ByteBuffer.wrap(encoded).putInt(1, checksum(encoded));
		return encoded;
	}

	private static void write(DataOutputStream out, StoredHead head) throws IOException {
		out.writeUTF(head.key().value());
		out.writeLong(head.position().time());
		out.writeLong(head.position().sequence());
		out.writeUTF(head.generation());
		ImageHead image = head.image();
		out.writeBoolean(image != null);
		if (image != null) {
			write(out, image);
		}
	}

	private static void write(DataOutputStream out, ImageHead image) throws IOException {
		out.writeUTF(image.etag().opaque());
		out.writeBoolean(image.etag().weak());
		out.writeLong(image.lastModified().getEpochSecond());
		out.writeLong(image.length());
		out.writeUTF(image.mediaType());
		String contentEncoding = image.contentEncoding();
		out.writeBoolean(contentEncoding != null);
		if (contentEncoding != null) {
			out.writeUTF(contentEncoding);
		}
	}

	/**
	 * Decodes a head.
	 * @param key the image whose head is expected
	 * @return the head, or null if it is damaged, of another version or of another image
	 */
	static @Nullable StoredHead decode(byte[] encoded, ImageKey key) {
		if (encoded.length < PREAMBLE || encoded[0] != VERSION
				|| ByteBuffer.wrap(encoded).getInt(1) != checksum(encoded)) {
			return null;
		}
		int length = encoded.length - PREAMBLE;
		try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(encoded, PREAMBLE, length))) {
			return in.readUTF().equals(key.value()) ? read(in, key) : null;
		}
		catch (IOException ex) {
			return null;
		}
	}

	private static StoredHead read(DataInputStream in, ImageKey key) throws IOException {
		JournalPosition position = new JournalPosition(in.readLong(), in.readLong());
		return new StoredHead(key, position, in.readUTF(), in.readBoolean() ? readImage(in) : null);
	}

	private static ImageHead readImage(DataInputStream in) throws IOException {
		ETag etag = new ETag(in.readUTF(), in.readBoolean());
		Instant lastModified = Instant.ofEpochSecond(in.readLong());
		return new ImageHead(etag, lastModified, in.readLong(), in.readUTF(), in.readBoolean() ? in.readUTF() : null);
	}

	private static int checksum(byte[] encoded) {
		CRC32C crc = new CRC32C();
		crc.update(encoded, PREAMBLE, encoded.length - PREAMBLE);
		return (int) crc.getValue();
	}

}
