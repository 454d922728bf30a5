package ai.doxle.imageorigin.web;

import java.time.Clock;
import java.util.List;
import java.util.Map;

import ai.doxle.imageorigin.delivery.HeldImage;
import ai.doxle.imageorigin.image.ByteSpan;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.AsciiString;
import org.jspecify.annotations.Nullable;

/**
 * Answers from memory, with the headers that {@link ImageAnswers}, {@link CacheReport}
 * and {@link AnswerWriter} make. Those of whole images are made once for each image.
 */
final class HitAnswers {

	private final AnswerWriter writer;

	private final Clock clock;

	/** By identity: a head is the same object as long as its image is held. */
	private final Cache<ImageHead, HttpHeaders> whole = Caffeine.newBuilder().weakKeys().build();

	HitAnswers(AnswerWriter writer, Clock clock) {
		this.writer = writer;
		this.clock = clock;
	}

	/**
	 * Answers a request.
	 * @param origin the request's origin, if it names one
	 * @return the answer; or null if it has to be made elsewhere
	 */
	@Nullable FullHttpResponse answer(ImageRequest wanted, HeldImage image, @Nullable String origin) {
		return switch (Verdict.of(wanted, image.head(), this.clock)) {
			case Verdict.Whole whole -> whole(wanted.key(), image, origin);
			case Verdict.HeadOnly head ->
				bodiless(image, HttpResponseStatus.OK, wholeHeaders(wanted.key(), image, origin));
			case Verdict.NotModified known -> bodiless(image, HttpResponseStatus.NOT_MODIFIED,
					headers(ImageAnswers.notModified(wanted.key(), image.head()), image, origin));
			case Verdict.Parts parts when parts.spans().size() == 1 ->
				part(wanted.key(), image, parts.spans().getFirst(), origin);
			case Verdict other -> null;
		};
	}

	private @Nullable FullHttpResponse whole(ImageKey key, HeldImage image, @Nullable String origin) {
		HttpHeaders headers = wholeHeaders(key, image, origin);
		ByteBuf bytes = image.open(ByteSpan.whole(image.head().length()));
		return (bytes != null) ? response(HttpResponseStatus.OK, bytes, headers) : null;
	}

	private @Nullable FullHttpResponse part(ImageKey key, HeldImage image, ByteSpan span, @Nullable String origin) {
		HttpHeaders headers = headers(ImageAnswers.part(key, image.head(), span), image, origin);
		ByteBuf bytes = image.open(span);
		return (bytes != null) ? response(HttpResponseStatus.PARTIAL_CONTENT, bytes, headers) : null;
	}

	private FullHttpResponse bodiless(HeldImage image, HttpResponseStatus status, HttpHeaders headers) {
		image.describe();
		return response(status, Unpooled.EMPTY_BUFFER, headers);
	}

	private FullHttpResponse response(HttpResponseStatus status, ByteBuf bytes, HttpHeaders headers) {
		headers.set(HttpHeaderNames.DATE, this.writer.date());
		return new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, bytes, headers, EmptyHttpHeaders.INSTANCE);
	}

	private HttpHeaders wholeHeaders(ImageKey key, HeldImage image, @Nullable String origin) {
		if (this.writer.isNamed(origin)) {
			return headers(ImageAnswers.head(key, image.head()), image, origin);
		}
		return this.whole.get(image.head(), (head) -> headers(ImageAnswers.head(key, head), image, null)).copy();
	}

	private HttpHeaders headers(Answer answer, HeldImage image, @Nullable String origin) {
		HttpHeaders headers = DefaultHttpHeadersFactory.headersFactory().withValidation(false).newHeaders();
		for (Map.Entry<String, List<String>> header : this.writer
			.lastingHeaders(CacheReport.addTo(answer, image.trail()), origin)
			.headerSet()) {
			AsciiString name = AsciiString.cached(header.getKey());
			header.getValue().forEach((value) -> headers.add(name, new AsciiString(value)));
		}
		return headers;
	}

}
