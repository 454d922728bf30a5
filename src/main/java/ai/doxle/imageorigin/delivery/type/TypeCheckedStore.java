package ai.doxle.imageorigin.delivery.type;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SynchronousSink;

import ai.doxle.imageorigin.image.ByteSpan;
import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSignature;
import ai.doxle.imageorigin.store.ImageStore;
import ai.doxle.imageorigin.store.StoredImage;

/**
 * The store, with everything it has checked to be an image.
 * <p>
 * What is not an image of an allowed type is {@link ImageFailure.NotAnImage}: known from
 * the declared type, and from the first bytes before any of them is delivered.
 */
public final class TypeCheckedStore {

	private final ImageStore store;

	private final ImageTypes types;

	private final SniffedTypes sniffed = new SniffedTypes();

	public TypeCheckedStore(ImageStore store, ImageTypes types) {
		this.store = store;
		this.types = types;
	}

	/**
	 * Finds the head of an image. Its type is the one found in the bytes if they have
	 * been seen lately, otherwise the declared one.
	 */
	public Mono<ImageHead> head(ImageKey key) {
		return this.store.head(key).map((head) -> this.types.check(this.sniffed.recall(key, head)));
	}

	/** Opens a whole image. */
	public Mono<StoredImage> open(ImageKey key) {
		return this.store.open(key).flatMap((image) -> begin(image, (start) -> check(key, image.head(), start)));
	}

	/** Opens some bytes of one version of an image. */
	public Mono<StoredImage> open(ImageKey key, ImageHead head, ByteSpan span) {
		return this.store.open(key, span, head.etag())
			.flatMap((image) -> begin(image,
					(start) -> showsType(image.head(), span, start) ? check(key, image.head(), start) : head));
	}

	/** Some bytes of one version of an image, unchecked: its type is known already. */
	public Flux<DataBuffer> bytes(ImageKey key, ImageHead head, ByteSpan span) {
		return this.store.bytes(key, span, head.etag());
	}

	/** Whether a span has the first bytes that tell the type. */
	private boolean showsType(ImageHead head, ByteSpan span, byte[] start) {
		return span.first() == 0 && (start.length >= head.length() || !this.types.needsMore(head, start));
	}

	/** Waits for the first bytes; until they have been checked, nothing goes out. */
	private Mono<StoredImage> begin(StoredImage image, Function<byte[], ImageHead> check) {
		return startFirst(image).switchOnFirst(
				(first, body) -> first.isOnError() ? body.cast(StoredImage.class)
						: Flux.just(image.withHead(check.apply(bytes(image.head(), first.get()))).withBody(body)),
				false)
			.singleOrEmpty();
	}

	/**
	 * Collects the first pieces until they tell the type; the others pass as they are.
	 * Reactor's bufferUntil would ask for a piece too many now and then, and fail with
	 * it: it counts what is asked for in two steps.
	 */
	private Flux<DataBuffer> startFirst(StoredImage image) {
		return Flux.defer(() -> {
			Start start = new Start((seen) -> this.types.needsMore(image.head(), seen));
			return image.body().handle(start::take).concatWith(Mono.fromSupplier(start::rest));
		});
	}

	private ImageHead check(ImageKey key, ImageHead head, byte[] start) {
		try {
			ImageHead checked = this.types.check(head, start);
			this.sniffed.remember(key, head, checked);
			return checked;
		}
		catch (ImageFailure.NotAnImage denial) {
			this.sniffed.rememberDenied(key, head);
			throw denial;
		}
	}

	private byte[] bytes(ImageHead head, @Nullable DataBuffer start) {
		if (start == null) {
			return new byte[0];
		}
		byte[] bytes = bytes(List.of(start), ImageSignature.LENGTH);
		return this.types.needsMore(head, bytes) ? bytes(List.of(start), ImageSignature.MAX_LENGTH) : bytes;
	}

	/** The first bytes of some pieces, which stay as they are. */
	private static byte[] bytes(List<DataBuffer> pieces, int limit) {
		int length = pieces.stream().mapToInt(DataBuffer::readableByteCount).sum();
		ByteBuffer bytes = ByteBuffer.allocate(Math.min(length, limit));
		for (DataBuffer piece : pieces) {
			int count = Math.min(piece.readableByteCount(), bytes.remaining());
			piece.toByteBuffer(piece.readPosition(), bytes, bytes.position(), count);
			bytes.position(bytes.position() + count);
		}
		return bytes.array();
	}

	/** The first pieces of a body, as one. */
	private static final class Start {

		private final Predicate<byte[]> needsMore;

		private final List<DataBuffer> pieces = new ArrayList<>();

		private int length;

		private int needed = ImageSignature.LENGTH;

		private boolean isOver;

		Start(Predicate<byte[]> needsMore) {
			this.needsMore = needsMore;
		}

		void take(DataBuffer piece, SynchronousSink<DataBuffer> next) {
			if (this.isOver) {
				next.next(piece);
				return;
			}
			this.pieces.add(piece);
			this.length += piece.readableByteCount();
			if (tells()) {
				next.next(join());
			}
		}

		/** Doubles what is needed, so that few bytes are looked at more than once. */
		private boolean tells() {
			while (this.length >= this.needed) {
				if (!this.needsMore.test(bytes(this.pieces, this.needed))) {
					return true;
				}
				this.needed *= 2;
			}
			return false;
		}

		/** What a body has that ends before that. */
		@Nullable DataBuffer rest() {
			return this.pieces.isEmpty() ? null : join();
		}

		private DataBuffer join() {
			this.isOver = true;
			DataBuffer start = (this.pieces.size() == 1) ? this.pieces.getFirst()
					: DefaultDataBufferFactory.sharedInstance.join(this.pieces);
			this.pieces.clear();
			return start;
		}

	}

}
