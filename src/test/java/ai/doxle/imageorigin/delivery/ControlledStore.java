package ai.doxle.imageorigin.delivery;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import ai.doxle.imageorigin.image.ByteSpan;
import ai.doxle.imageorigin.image.ETag;
import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.store.ImageStore;
import ai.doxle.imageorigin.store.StoredImage;

/** A store whose bodies come when the test says so. */
final class ControlledStore implements ImageStore {

	final AtomicInteger opened = new AtomicInteger();

	/** How often heads were asked for. */
	final AtomicInteger heads = new AtomicInteger();

	/** What a head that was asked for waits for. */
	Mono<Void> beforeHead = Mono.empty();

	/** The spans that were opened, if any may be. */
	@Nullable List<ByteSpan> spans;

	String type = "image/gif";

	byte[] image;

	boolean completeAtOnce;

	boolean absent;

	Body body;

	ControlledStore(byte[] image) {
		this.image = image;
		this.body = new Body(image);
	}

	void emit(int from, int to) {
		this.body.emit(from, to);
	}

	void complete() {
		this.body.complete();
	}

	void fail() {
		this.body.sink.tryEmitError(new ImageFailure.Unavailable("broken", null));
	}

	@Override
	public Mono<ImageHead> head(ImageKey key) {
		return Mono.defer(() -> {
			this.heads.incrementAndGet();
			return this.beforeHead.then(this.absent ? Mono.empty() : Mono.just(head()));
		});
	}

	private ImageHead head() {
		return new ImageHead(new ETag("one", false), Instant.EPOCH, this.image.length, this.type, null);
	}

	@Override
	public Mono<StoredImage> open(ImageKey key) {
		return Mono.defer(() -> {
			this.opened.incrementAndGet();
			this.body = new Body(this.image);
			if (this.completeAtOnce) {
				this.body.emit(0, this.image.length);
				this.body.complete();
			}
			return this.absent ? Mono.empty() : Mono.just(new StoredImage(head(), this.body.sink.asFlux()));
		});
	}

	@Override
	public Mono<StoredImage> open(ImageKey key, ByteSpan span, ETag version) {
		List<ByteSpan> allowed = this.spans;
		if (allowed == null) {
			return Mono.error(new AssertionError("no span was to be read"));
		}
		return Mono.fromSupplier(() -> {
			allowed.add(span);
			Body part = new Body(this.image);
			part.emit((int) span.first(), (int) span.last() + 1);
			part.complete();
			return new StoredImage(head(), part.sink.asFlux());
		});
	}

	/** A body whose pieces come one by one. */
	static final class Body {

		private final Sinks.Many<DataBuffer> sink = Sinks.many().unicast().onBackpressureBuffer();

		private final byte[] image;

		Body(byte[] image) {
			this.image = image;
		}

		void emit(int from, int to) {
			this.sink
				.tryEmitNext(DefaultDataBufferFactory.sharedInstance.wrap(Arrays.copyOfRange(this.image, from, to)));
		}

		void complete() {
			this.sink.tryEmitComplete();
		}

	}

}
