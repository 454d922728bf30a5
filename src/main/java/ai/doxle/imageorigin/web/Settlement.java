package ai.doxle.imageorigin.web;

import java.time.Clock;
import java.util.List;

import ai.doxle.imageorigin.delivery.DeliveredImage;
import ai.doxle.imageorigin.delivery.ImageDelivery;
import ai.doxle.imageorigin.image.ByteSpan;
import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.core.io.buffer.DataBuffer;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/**
 * Settles what an admitted request gets: preconditions and ranges are settled from the
 * head alone, and a body is opened only if it goes out.
 */
final class Settlement {

	private final ImageDelivery delivery;

	private final Problems problems;

	private final Clock clock;

	Settlement(ImageDelivery delivery, Problems problems, Clock clock) {
		this.delivery = delivery;
		this.problems = problems;
		this.clock = clock;
	}

	/**
	 * Finds the answer to a request. A version may be replaced between its head and its
	 * bytes; once is an accident.
	 */
	Mono<Answer> settle(ImageRequest wanted) {
		return (wanted.needsHeadFirst() ? settleByHead(wanted) : whole(wanted.key()))
			.retryWhen(Retry.max(1).filter(ImageFailure.Changed.class::isInstance))
			.switchIfEmpty(Mono.fromSupplier(this::absent))
			.elapsed()
			.map((timed) -> CacheReport.addTo(timed.getT2(), timed.getT1()));
	}

	private Mono<Answer> whole(ImageKey key) {
		return this.delivery.open(key).map((image) -> ImageAnswers.whole(key, image));
	}

	private Mono<Answer> settleByHead(ImageRequest wanted) {
		return this.delivery.head(wanted.key()).flatMap((head) -> settle(wanted, head));
	}

	private Mono<Answer> settle(ImageRequest wanted, ImageHead head) {
		return switch (wanted.preconditions().evaluate(head)) {
			case FAILED -> Mono.fromSupplier(this::preconditionFailed);
			case NOT_MODIFIED -> Mono.just(ImageAnswers.notModified(wanted.key(), head));
			case PROCEED -> wanted.bodiless() ? Mono.just(ImageAnswers.head(wanted.key(), head)) : bytes(wanted, head);
		};
	}

	private Mono<Answer> bytes(ImageRequest wanted, ImageHead head) {
		RangeHeader range = wanted.range();
		if (range == null || !range.appliesTo(head, this.clock)) {
			return whole(wanted.key());
		}
		List<ByteSpan> spans = range.resolve(head.length());
		if (spans.isEmpty()) {
			return Mono.fromSupplier(() -> unsatisfiable(head));
		}
		return RangeHeader.isAbusive(spans, head.length()) ? whole(wanted.key()) : spans(wanted.key(), head, spans);
	}

	private Mono<Answer> spans(ImageKey key, ImageHead head, List<ByteSpan> spans) {
		ByteSpan first = spans.getFirst();
		return this.delivery.open(key, head, first)
			.map((image) -> (spans.size() == 1) ? ImageAnswers.part(key, image, first)
					: ImageAnswers.parts(key, image.head(), parts(key, image, spans)));
	}

	private MultipartByteRanges parts(ImageKey key, DeliveredImage first, List<ByteSpan> spans) {
		return new MultipartByteRanges(first.head(), spans, first.body(), (span) -> later(key, first.head(), span));
	}

	private Flux<DataBuffer> later(ImageKey key, ImageHead head, ByteSpan span) {
		return this.delivery.open(key, head, span)
			.switchIfEmpty(Mono.error(() -> new ImageFailure.Changed(key + " was deleted while it was read")))
			.flatMapMany(DeliveredImage::body);
	}

	private Answer absent() {
		return this.problems.lastingProblem(HttpStatus.NOT_FOUND, "There is no such image");
	}

	private Answer preconditionFailed() {
		return this.problems.problem(HttpStatus.PRECONDITION_FAILED, "The image is not the version that was asked for");
	}

	private Answer unsatisfiable(ImageHead head) {
		return this.problems.problem(HttpStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
				"The image has " + head.length() + " bytes",
				(headers) -> headers.set(HttpHeaders.CONTENT_RANGE, "bytes */" + head.length()));
	}

}
