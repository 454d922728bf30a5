package ai.doxle.imageorigin.harness.load;

import java.nio.charset.StandardCharsets;
import java.util.Random;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;

/**
 * An image whose bytes follow from its key, so that an S3 server has one under every key
 * and every client can compare what it gets. It begins like PNG and is noise from there
 * on.
 *
 * @param key its key, whose last segment begins with its length: {@code a/b/4096.png}
 * @param length its length in bytes
 */
public record GeneratedImage(String key, int length) {

	/** The most bytes that {@link #piece} gives at once. */
	static final int MAX_PIECE = 64 * 1024;

	/** A prime, so that images of the usual lengths do not repeat themselves. */
	private static final int PERIOD = 1_000_003;

	private static final byte[] SIGNATURE = "\u0089PNG\r\n\u001A\n".getBytes(StandardCharsets.ISO_8859_1);

	private static final byte[] NOISE = noise();

	/**
	 * The image of a key.
	 * @param folder all segments but the last one
	 * @param length its length in bytes
	 */
	public static GeneratedImage in(String folder, int length) {
		return new GeneratedImage(folder + "/" + length + ".png", length);
	}

	/** The image of a key that was made so. */
	static GeneratedImage of(String key) {
		String name = key.substring(key.lastIndexOf('/') + 1);
		return new GeneratedImage(key, Integer.parseInt(name.substring(0, name.indexOf('.'))));
	}

	/** Its entity tag, with quotes. */
	public String tag() {
		return "\"" + Integer.toHexString(this.key.hashCode()) + "-" + this.length + "\"";
	}

	/** All its bytes. */
	public byte[] bytes() {
		byte[] bytes = new byte[this.length];
		for (int position = 0; position < this.length; position += MAX_PIECE) {
			int count = Math.min(MAX_PIECE, this.length - position);
			piece(position, count).readBytes(bytes, position, count);
		}
		return bytes;
	}

	/** Whether these are its bytes from a position on. */
	boolean matches(long position, ByteBuf bytes) {
		if (position + bytes.readableBytes() > this.length) {
			return false;
		}
		for (int done = 0; done < bytes.readableBytes(); done += MAX_PIECE) {
			int count = Math.min(MAX_PIECE, bytes.readableBytes() - done);
			ByteBuf expected = piece((int) position + done, count);
			if (!ByteBufUtil.equals(expected, 0, bytes, bytes.readerIndex() + done, count)) {
				return false;
			}
		}
		return true;
	}

	/** Some of its bytes, on the heap: nobody has to release them. */
	ByteBuf piece(int position, int count) {
		ByteBuf noise = Unpooled.wrappedBuffer(NOISE, Math.floorMod(this.key.hashCode() + position, PERIOD), count);
		if (position >= SIGNATURE.length) {
			return noise;
		}
		ByteBuf start = Unpooled.copiedBuffer(noise);
		int signed = Math.min(count, SIGNATURE.length - position);
		return start.setBytes(0, SIGNATURE, position, signed);
	}

	private static byte[] noise() {
		byte[] noise = new byte[PERIOD + MAX_PIECE];
		new Random(1).nextBytes(noise);
		System.arraycopy(noise, 0, noise, PERIOD, MAX_PIECE);
		return noise;
	}

}
