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
import ai.doxle.imageorigin.delivery.ImageDelivery;
import ai.doxle.imageorigin.delivery.lookup.LookupResult;
import ai.doxle.imageorigin.delivery.lookup.LookupTrail;
import ai.doxle.imageorigin.image.ByteSpan;
import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageTags;
import ai.doxle.imageorigin.web.body.MultipartByteRanges;
import ai.doxle.imageorigin.web.request.Evaluation;
import ai.doxle.imageorigin.web.request.ImageRequest;
import ai.doxle.imageorigin.web.response.CacheStatus;
import ai.doxle.imageorigin.web.response.ImageResponse;
import ai.doxle.imageorigin.web.response.ImageResponses;
import ai.doxle.imageorigin.web.response.Problems;

/**
 * Settles what an admitted request gets: preconditions and ranges are settled from the
 * head alone, and a body is opened only if it goes out.
 */
final class ImageResponder {

	private final ImageDelivery delivery;

	private final Problems problems;

	private final Clock clock;

	ImageResponder(ImageDelivery delivery, Problems problems, Clock clock) {
		this.delivery = delivery;
		this.problems = problems;
		this.clock = clock;
	}

	/**
	 * Finds the answer to a request. A version may be replaced between its head and its
	 * bytes; once is an accident.
	 */
	Mono<ImageResponse> respond(ImageRequest wanted) {
		return (wanted.needsHeadFirst() ? settleByHead(wanted) : whole(wanted.key()))
			.retryWhen(Retry.max(1)
				.filter(ImageFailure.Changed.class::isInstance)
				.onRetryExhaustedThrow((limit, last) -> last.failure()))
			.map((answer) -> this.delivery.isReceivingPurges() ? answer : ImageResponses.briefly(answer))
			.doOnError((failure) -> this.delivery.failed());
	}

	/** Counts a request that was not settled in time, which ends without a failure. */
	void timedOut() {
		this.delivery.failed();
	}

	private Mono<ImageResponse> whole(ImageKey key) {
		return this.delivery.open(key)
			.map((found) -> answer(key, found, (image) -> image.head().length(),
					(image) -> ImageResponses.whole(key, image)));
	}

	private Mono<ImageResponse> settleByHead(ImageRequest wanted) {
		return this.delivery.head(wanted.key())
			.flatMap((found) -> (found instanceof LookupResult.Found<ImageHead> head)
					? respond(wanted, head.value(), head.trail()) : Mono.just(refusal(wanted.key(), found)));
	}

	private Mono<ImageResponse> respond(ImageRequest wanted, ImageHead head, LookupTrail trail) {
		ImageKey key = wanted.key();
		return switch (Evaluation.of(wanted, head, this.clock)) {
			case Evaluation.PreconditionFailed failed -> settled(preconditionFailed(), trail);
			case Evaluation.NotModified known -> settled(ImageResponses.notModified(key, head), trail);
			case Evaluation.HeadOnly bodiless -> settled(ImageResponses.head(key, head), trail);
			case Evaluation.Whole whole -> version(key, head, trail);
			case Evaluation.Partial parts -> spans(key, head, parts.spans(), trail);
			case Evaluation.RangeNotSatisfiable none -> settled(unsatisfiable(head), trail);
		};
	}

	private Mono<ImageResponse> settled(ImageResponse answer, LookupTrail trail) {
		this.delivery.answered(trail, true, 0);
		return Mono.just(CacheStatus.addTo(answer, trail));
	}

	/** The preconditions hold for this version, which need not be the next one. */
	private Mono<ImageResponse> version(ImageKey key, ImageHead head, LookupTrail trail) {
		ByteSpan whole = ByteSpan.whole(head.length());
		return whole.isEmpty() ? whole(key) : this.delivery.open(key, head, whole, trail)
			.map((found) -> answer(key, found, (image) -> head.length(), (image) -> ImageResponses.whole(key, image)));
	}

	private Mono<ImageResponse> spans(ImageKey key, ImageHead head, List<ByteSpan> spans, LookupTrail trail) {
		ByteSpan first = spans.getFirst();
		long length = spans.stream().mapToLong(ByteSpan::length).sum();
		return this.delivery.open(key, head, first, trail)
			.map((found) -> answer(key, found, (image) -> length,
					(image) -> (spans.size() == 1) ? ImageResponses.part(key, image, first)
							: ImageResponses.parts(key, image.head(), parts(key, image, spans))));
	}

	private ImageResponse answer(ImageKey key, LookupResult<DeliveredImage> finding,
			ToLongFunction<DeliveredImage> bytes, Function<DeliveredImage, ImageResponse> present) {
		if (finding instanceof LookupResult.Found<DeliveredImage> found) {
			this.delivery.answered(found.trail(), true, bytes.applyAsLong(found.value()));
			return CacheStatus.addTo(present.apply(found.value()), found.trail());
		}
		return refusal(key, finding);
	}

	private ImageResponse refusal(ImageKey key, LookupResult<?> finding) {
		this.delivery.answered(finding.trail(), false, 0);
		ImageResponse answer = (finding instanceof LookupResult.NotAnImage) ? this.problems.notAnImage() : absent(key);
		return CacheStatus.addTo(answer, finding.trail());
	}

	private MultipartByteRanges parts(ImageKey key, DeliveredImage first, List<ByteSpan> spans) {
		return new MultipartByteRanges(first.head(), spans, first.body(), (span) -> later(key, first.head(), span));
	}

	private Flux<DataBuffer> later(ImageKey key, ImageHead head, ByteSpan span) {
		return this.delivery.open(key, head, span, LookupTrail.EMPTY)
			.mapNotNull(LookupResult::value)
			.switchIfEmpty(Mono.error(() -> new ImageFailure.Changed(key + " was deleted while it was read")))
			.flatMapMany(DeliveredImage::body);
	}

	/** CDNs keep it for a while, and forget it when the image is purged. */
	private ImageResponse absent(ImageKey key) {
		return this.problems.lastingProblem(HttpStatus.NOT_FOUND, "There is no such image")
			.with(ImageResponses.CACHE_TAG, ImageTags.all(key));
	}

	private ImageResponse preconditionFailed() {
		return this.problems.problem(HttpStatus.PRECONDITION_FAILED, "The image is not the version that was asked for");
	}

	private ImageResponse unsatisfiable(ImageHead head) {
		return this.problems.problem(HttpStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
				"The image has " + head.length() + " bytes",
				(headers) -> headers.set(HttpHeaders.CONTENT_RANGE, "bytes */" + head.length()));
	}

}
