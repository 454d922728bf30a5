package ai.doxle.imageorigin.web;

import java.time.Clock;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToLongFunction;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

import ai.doxle.imageorigin.delivery.DeliveredImage;
import ai.doxle.imageorigin.delivery.Finding;
import ai.doxle.imageorigin.delivery.ImageDelivery;
import ai.doxle.imageorigin.delivery.Trail;
import ai.doxle.imageorigin.image.ByteSpan;
import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageTags;
import ai.doxle.imageorigin.web.body.MultipartByteRanges;
import ai.doxle.imageorigin.web.request.ImageRequest;

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
			.retryWhen(Retry.max(1)
				.filter(ImageFailure.Changed.class::isInstance)
				.onRetryExhaustedThrow((limit, last) -> last.failure()))
			.map((answer) -> this.delivery.isReceivingPurges() ? answer : ImageAnswers.briefly(answer))
			.doOnError((failure) -> this.delivery.failed());
	}

	/** Counts a request that was not settled in time, which ends without a failure. */
	void late() {
		this.delivery.failed();
	}

	private Mono<Answer> whole(ImageKey key) {
		return this.delivery.open(key)
			.map((found) -> answer(key, found, (image) -> image.head().length(),
					(image) -> ImageAnswers.whole(key, image)));
	}

	private Mono<Answer> settleByHead(ImageRequest wanted) {
		return this.delivery.head(wanted.key())
			.flatMap((found) -> (found instanceof Finding.Found<ImageHead> head)
					? settle(wanted, head.value(), head.trail()) : Mono.just(refusal(wanted.key(), found)));
	}

	private Mono<Answer> settle(ImageRequest wanted, ImageHead head, Trail trail) {
		ImageKey key = wanted.key();
		return switch (Verdict.of(wanted, head, this.clock)) {
			case Verdict.PreconditionFailed failed -> settled(preconditionFailed(), trail);
			case Verdict.NotModified known -> settled(ImageAnswers.notModified(key, head), trail);
			case Verdict.HeadOnly bodiless -> settled(ImageAnswers.head(key, head), trail);
			case Verdict.Whole whole -> version(key, head, trail);
			case Verdict.Parts parts -> spans(key, head, parts.spans(), trail);
			case Verdict.Unsatisfiable none -> settled(unsatisfiable(head), trail);
		};
	}

	private Mono<Answer> settled(Answer answer, Trail trail) {
		this.delivery.answered(trail, true, 0);
		return Mono.just(CacheReport.addTo(answer, trail));
	}

	/** The preconditions hold for this version, which need not be the next one. */
	private Mono<Answer> version(ImageKey key, ImageHead head, Trail trail) {
		ByteSpan whole = ByteSpan.whole(head.length());
		return whole.isEmpty() ? whole(key) : this.delivery.open(key, head, whole, trail)
			.map((found) -> answer(key, found, (image) -> head.length(), (image) -> ImageAnswers.whole(key, image)));
	}

	private Mono<Answer> spans(ImageKey key, ImageHead head, List<ByteSpan> spans, Trail trail) {
		ByteSpan first = spans.getFirst();
		long length = spans.stream().mapToLong(ByteSpan::length).sum();
		return this.delivery.open(key, head, first, trail)
			.map((found) -> answer(key, found, (image) -> length,
					(image) -> (spans.size() == 1) ? ImageAnswers.part(key, image, first)
							: ImageAnswers.parts(key, image.head(), parts(key, image, spans))));
	}

	private Answer answer(ImageKey key, Finding<DeliveredImage> finding, ToLongFunction<DeliveredImage> bytes,
			Function<DeliveredImage, Answer> present) {
		if (finding instanceof Finding.Found<DeliveredImage> found) {
			this.delivery.answered(found.trail(), true, bytes.applyAsLong(found.value()));
			return CacheReport.addTo(present.apply(found.value()), found.trail());
		}
		return refusal(key, finding);
	}

	private Answer refusal(ImageKey key, Finding<?> finding) {
		this.delivery.answered(finding.trail(), false, 0);
		Answer answer = (finding instanceof Finding.NotAnImage) ? this.problems.notAnImage() : absent(key);
		return CacheReport.addTo(answer, finding.trail());
	}

	private MultipartByteRanges parts(ImageKey key, DeliveredImage first, List<ByteSpan> spans) {
		return new MultipartByteRanges(first.head(), spans, first.body(), (span) -> later(key, first.head(), span));
	}

	private Flux<DataBuffer> later(ImageKey key, ImageHead head, ByteSpan span) {
		return this.delivery.open(key, head, span, Trail.EMPTY)
			.mapNotNull(Finding::value)
			.switchIfEmpty(Mono.error(() -> new ImageFailure.Changed(key + " was deleted while it was read")))
			.flatMapMany(DeliveredImage::body);
	}

	/** CDNs keep it for a while, and forget it when the image is purged. */
	private Answer absent(ImageKey key) {
		return this.problems.lastingProblem(HttpStatus.NOT_FOUND, "There is no such image")
			.with(ImageAnswers.CACHE_TAG, ImageTags.all(key));
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
