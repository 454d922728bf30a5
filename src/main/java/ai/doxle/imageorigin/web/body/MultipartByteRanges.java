package ai.doxle.imageorigin.web.body;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import reactor.core.publisher.Flux;

import ai.doxle.imageorigin.image.ByteSpan;
import ai.doxle.imageorigin.image.ImageHead;

/**
 * Several spans of one image as a {@code multipart/byteranges} body (RFC 9110 section
 * 14.6). Its length is known before a byte is read; each span is opened when its turn
 * comes.
 */
public final class MultipartByteRanges {

	private final ImageHead head;

	private final List<ByteSpan> spans;

	private final Flux<DataBuffer> first;

	private final Function<ByteSpan, Flux<DataBuffer>> opener;

	private final String boundary = UUID.randomUUID().toString();

	/**
	 * @param head the image
	 * @param spans at least two
	 * @param first the bytes of the first span, already opened
	 * @param opener gives the bytes of a later span
	 */
	public MultipartByteRanges(ImageHead head, List<ByteSpan> spans, Flux<DataBuffer> first,
			Function<ByteSpan, Flux<DataBuffer>> opener) {
		this.head = head;
		this.spans = spans;
		this.first = first;
		this.opener = opener;
	}

	public String mediaType() {
		return "multipart/byteranges; boundary=" + this.boundary;
	}

	/** The length of the body in bytes. */
	public long length() {
		return this.spans.stream().mapToLong((span) -> opening(span).length + span.length()).sum() + closing().length;
	}

	public Flux<DataBuffer> body() {
		Flux<DataBuffer> later = Flux.fromIterable(this.spans)
			.skip(1)
			.concatMap((span) -> bytes(opening(span)).concatWith(this.opener.apply(span)), 0);
		return Flux.concat(bytes(opening(this.spans.getFirst())), this.first, later, bytes(closing()));
	}

	private byte[] opening(ByteSpan span) {
		return ascii("\r\n--" + this.boundary + "\r\nContent-Type: " + this.head.mediaType()
				+ "\r\nContent-Range: bytes " + span + "/" + this.head.length() + "\r\n\r\n");
	}

	private byte[] closing() {
		return ascii("\r\n--" + this.boundary + "--\r\n");
	}

	private static Flux<DataBuffer> bytes(byte[] text) {
		return Flux.defer(() -> Flux.just(DefaultDataBufferFactory.sharedInstance.wrap(text)));
	}

	private static byte[] ascii(String text) {
		return text.getBytes(StandardCharsets.US_ASCII);
	}

}
