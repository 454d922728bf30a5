package ai.doxle.imageorigin.delivery.type;

import java.util.List;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBuffer;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

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
		return new JoinedStart(image.body(), (start) -> this.types.needsMore(image.head(), start)).switchOnFirst(
				(first, body) -> first.isOnError() ? body.cast(StoredImage.class)
						: Flux.just(image.withHead(check.apply(bytes(image.head(), first.get()))).withBody(body)),
				false)
			.singleOrEmpty();
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
		byte[] bytes = JoinedStart.bytes(List.of(start), ImageSignature.LENGTH);
		return this.types.needsMore(head, bytes) ? JoinedStart.bytes(List.of(start), ImageSignature.MAX_LENGTH) : bytes;
	}

}
