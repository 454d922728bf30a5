package ai.doxle.imageorigin.harness.load;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

import io.netty.buffer.Unpooled;

/**
 * A client that takes an answer as slowly as it is told to, over HTTP/1.1, and compares
 * every byte. Its receive buffer is small, so that most of the answer stays with the
 * origin.
 */
public final class PacedReader implements AutoCloseable {

	/** How far a reader has come. */
	public enum Progress {

		/** No whole head yet. */
		WAITING,
		/** 200 and some of the right bytes. */
		READING,
		/** 200 and all of the bytes. */
		WHOLE,
		/** Another status. */
		REFUSED,
		/** The connection ended before the answer did. */
		CUT,
		/** Other bytes than those that are stored. */
		WRONG

	}

	private static final int RECEIVE_BUFFER = 16 * 1024;

	private static final int MAX_HEAD = 16 * 1024;

	private final GeneratedImage image;

	private final SocketChannel channel;

	private final StringBuilder head = new StringBuilder();

	private Progress progress = Progress.WAITING;

	private int position;

	/** Asks for an image. */
	public PacedReader(int port, GeneratedImage image) throws IOException {
		this.image = image;
		this.channel = SocketChannel.open();
		this.channel.setOption(StandardSocketOptions.SO_RCVBUF, RECEIVE_BUFFER);
		this.channel.connect(new InetSocketAddress("127.0.0.1", port));
		String request = "GET " + Visit.path(image) + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
		this.channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
		this.channel.configureBlocking(false);
	}

	/**
	 * Reads what has come of the head, and then of the body.
	 * @param limit the most bytes of the body to read
	 * @return how many bytes came, of head and body; 0 if there are none at present
	 */
	public int read(int limit) {
		if (this.progress != Progress.WAITING && this.progress != Progress.READING) {
			return 0;
		}
		try {
			return (this.progress == Progress.WAITING) ? readHead() : readBody(limit);
		}
		catch (IOException ex) {
			this.progress = Progress.CUT;
			return 0;
		}
	}

	/** Byte by byte: nothing of the body shall be taken along. */
	private int readHead() throws IOException {
		ByteBuffer one = ByteBuffer.allocate(1);
		int count = this.channel.read(one);
		if (count < 0 || this.head.length() > MAX_HEAD) {
			this.progress = Progress.CUT;
			return 0;
		}
		if (count > 0) {
			this.head.append((char) one.flip().get());
			if (this.head.indexOf("\r\n\r\n", Math.max(0, this.head.length() - 4)) >= 0) {
				this.progress = this.head.toString().startsWith("HTTP/1.1 200") ? Progress.READING : Progress.REFUSED;
			}
		}
		return count;
	}

	private int readBody(int limit) throws IOException {
		ByteBuffer piece = ByteBuffer.allocate(Math.min(limit, RECEIVE_BUFFER));
		int count = this.channel.read(piece);
		if (count < 0) {
			this.progress = Progress.CUT;
			return 0;
		}
		boolean right = this.image.matches(this.position, Unpooled.wrappedBuffer(piece.flip()));
		this.position += count;
		if (!right) {
			this.progress = Progress.WRONG;
		}
		else if (this.position == this.image.length()) {
			this.progress = Progress.WHOLE;
		}
		return count;
	}

	/** Reads the head, and as much of the body, or for as long, as it is told to. */
	public Progress readUntil(int position, Duration patience) throws InterruptedException {
		long deadline = System.nanoTime() + patience.toNanos();
		while (isUnderWay() && this.position < position && System.nanoTime() - deadline < 0) {
			if (read(position - this.position) == 0) {
				Thread.sleep(1);
			}
		}
		return this.progress;
	}

	/** Reads all that is left. */
	public Progress readToEnd(Duration patience) throws InterruptedException {
		return readUntil(this.image.length(), patience);
	}

	private boolean isUnderWay() {
		return this.progress == Progress.WAITING || this.progress == Progress.READING;
	}

	public Progress progress() {
		return this.progress;
	}

	/** What has come of the head. */
	public String head() {
		return this.head.toString();
	}

	/** What a failed assertion says of it. */
	@Override
	public String toString() {
		return this.progress + " at " + this.position + " of " + this.image.key() + ": " + this.head.toString().trim();
	}

	@Override
	public void close() throws IOException {
		this.channel.close();
	}

}
