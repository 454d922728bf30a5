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
 * Makes the response to an admitted request: preconditions and ranges are evaluated from
 * the head alone, and a body is opened only if it goes out.
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
	 * Makes the response to a request. Tries once more if the object is replaced between
	 * its head and its bytes.
	 */
	Mono<ImageResponse> respond(ImageRequest wanted) {
		return (wanted.needsHeadFirst() ? byHead(wanted) : whole(wanted.key()))
			.retryWhen(Retry.max(1)
				.filter(ImageFailure.Changed.class::isInstance)
				.onRetryExhaustedThrow((limit, last) -> last.failure()))
			.map((response) -> this.delivery.isReceivingPurges() ? response : ImageResponses.briefly(response))
			.doOnError((failure) -> this.delivery.failed());
	}

	/** Counts a request that timed out, which ends without a failure of its own. */
	void timedOut() {
		this.delivery.failed();
	}

	private Mono<ImageResponse> whole(ImageKey key) {
		return this.delivery.open(key)
			.map((found) -> response(key, found, (image) -> image.head().length(),
					(image) -> ImageResponses.whole(key, image)));
	}

	private Mono<ImageResponse> byHead(ImageRequest wanted) {
		return this.delivery.head(wanted.key())
			.flatMap((found) -> (found instanceof LookupResult.Found<ImageHead> head)
					? respond(wanted, head.value(), head.trail()) : Mono.just(refusal(wanted.key(), found)));
	}

	private Mono<ImageResponse> respond(ImageRequest wanted, ImageHead head, LookupTrail trail) {
		ImageKey key = wanted.key();
		return switch (Evaluation.of(wanted, head, this.clock)) {
			case Evaluation.PreconditionFailed failed -> bodiless(preconditionFailed(), trail);
			case Evaluation.NotModified known -> bodiless(ImageResponses.notModified(key, head), trail);
			case Evaluation.HeadOnly bodiless -> bodiless(ImageResponses.head(key, head), trail);
			case Evaluation.Whole whole -> version(key, head, trail);
			case Evaluation.Partial parts -> spans(key, head, parts.spans(), trail);
			case Evaluation.RangeNotSatisfiable none -> bodiless(rangeNotSatisfiable(head), trail);
		};
	}

	private Mono<ImageResponse> bodiless(ImageResponse response, LookupTrail trail) {
		this.delivery.answered(trail, true, 0);
		return Mono.just(CacheStatus.addTo(response, trail));
	}

	/** The preconditions hold for this version, which need not be the next one. */
	private Mono<ImageResponse> version(ImageKey key, ImageHead head, LookupTrail trail) {
		ByteSpan whole = ByteSpan.whole(head.length());
		return whole.isEmpty() ? whole(key)
				: this.delivery.open(key, head, whole, trail)
					.map((found) -> response(key, found, (image) -> head.length(),
							(image) -> ImageResponses.whole(key, image)));
	}

	private Mono<ImageResponse> spans(ImageKey key, ImageHead head, List<ByteSpan> spans, LookupTrail trail) {
		ByteSpan first = spans.getFirst();
		long length = spans.stream().mapToLong(ByteSpan::length).sum();
		return this.delivery.open(key, head, first, trail)
			.map((found) -> response(key, found, (image) -> length,
					(image) -> (spans.size() == 1) ? ImageResponses.part(key, image, first)
							: ImageResponses.parts(key, image.head(), parts(key, image, spans))));
	}

	private ImageResponse response(ImageKey key, LookupResult<DeliveredImage> result,
			ToLongFunction<DeliveredImage> bytes, Function<DeliveredImage, ImageResponse> present) {
		if (result instanceof LookupResult.Found<DeliveredImage> found) {
			this.delivery.answered(found.trail(), true, bytes.applyAsLong(found.value()));
			return CacheStatus.addTo(present.apply(found.value()), found.trail());
		}
		return refusal(key, result);
	}

	private ImageResponse refusal(ImageKey key, LookupResult<?> result) {
		this.delivery.answered(result.trail(), false, 0);
		ImageResponse response = (result instanceof LookupResult.NotAnImage) ? this.problems.notAnImage() : absent(key);
		return CacheStatus.addTo(response, result.trail());
	}

	private MultipartByteRanges parts(ImageKey key, DeliveredImage first, List<ByteSpan> spans) {
		return new MultipartByteRanges(first.head(), spans, first.body(), (span) -> bytes(key, first.head(), span));
	}

	private Flux<DataBuffer> bytes(ImageKey key, ImageHead head, ByteSpan span) {
		return this.delivery.open(key, head, span, LookupTrail.EMPTY)
			.mapNotNull(LookupResult::value)
			.switchIfEmpty(Mono.error(() -> ImageFailure.Changed.deleted(key)))
			.flatMapMany(DeliveredImage::body);
	}

	/** CDNs keep it for a while, and drop it when the image is purged. */
	private ImageResponse absent(ImageKey key) {
		return this.problems.lastingProblem(HttpStatus.NOT_FOUND, "There is no such image")
			.with(ImageResponses.CACHE_TAG, ImageTags.all(key));
	}

	private ImageResponse preconditionFailed() {
		return this.problems.problem(HttpStatus.PRECONDITION_FAILED, "The image is not the version that was asked for");
	}

	private ImageResponse rangeNotSatisfiable(ImageHead head) {
		return this.problems.problem(HttpStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
				"The image has " + head.length() + " bytes",
				(headers) -> headers.set(HttpHeaders.CONTENT_RANGE, "bytes */" + head.length()));
	}

}
