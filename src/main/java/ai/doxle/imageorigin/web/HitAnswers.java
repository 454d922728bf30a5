package ai.doxle.imageorigin.web;

import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.FileRegion;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import org.jspecify.annotations.Nullable;

import ai.doxle.imageorigin.delivery.HeldImage;
import ai.doxle.imageorigin.image.ByteSpan;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.web.request.ImageRequest;

/**
 * Answers from memory, with the headers that {@link ImageAnswers}, {@link CacheReport}
 * and {@link AnswerWriter} make. What all answers about an image have in common is made
 * once for each image.
 */
final class HitAnswers {

	/** Instead of an origin that answers do not name. */
	private static final String ANYBODY = "";

	private final AnswerWriter writer;

	private final Clock clock;

	private final Function<org.springframework.http.HttpHeaders, LastingHeaders> form;

	/**
	 * By origin, of which few are named, and by identity: a head is the same object as
	 * long as its image is held.
	 */
	private final Map<String, Cache<ImageHead, LastingHeaders>> lasting = new ConcurrentHashMap<>();

	/** The same, for while purges may be missed. */
	private final Map<String, Cache<ImageHead, LastingHeaders>> brief = new ConcurrentHashMap<>();

	private final BooleanSupplier receivesPurges;

	/**
	 * @param receivesPurges whether this instance hears of purges
	 * @param form makes of headers what the version of HTTP wants
	 */
	HitAnswers(AnswerWriter writer, Clock clock, BooleanSupplier receivesPurges,
			Function<org.springframework.http.HttpHeaders, LastingHeaders> form) {
		this.writer = writer;
		this.clock = clock;
		this.receivesPurges = receivesPurges;
		this.form = form;
	}

	/**
	 * Answers a request.
	 * @param origin the request's origin, if it names one
	 * @param fromFile whether the body may be pieces of a file, which nothing between
	 * here and the socket can look into
	 * @return the answer; or null if it has to be made elsewhere
	 */
	@Nullable HitAnswer answer(ImageRequest wanted, HeldImage image, @Nullable String origin, boolean fromFile) {
		if (isFromTheFuture(image.head())) {
			return null;
		}
		HttpHeaders headers = headers(wanted.key(), image, origin);
		return switch (Verdict.of(wanted, image.head(), this.clock)) {
			case Verdict.Whole whole -> whole(image, headers, fromFile);
			case Verdict.HeadOnly head ->
				bodiless(image, HttpResponseStatus.OK, withLength(headers, image.head().length()));
			case Verdict.NotModified known -> bodiless(image, HttpResponseStatus.NOT_MODIFIED, headers);
			case Verdict.Parts parts when parts.spans().size() == 1 ->
				part(image, parts.spans().getFirst(), headers, fromFile);
			case Verdict other -> null;
		};
	}

	/**
	 * Its {@code Last-Modified} changes with {@code Date}, so that nothing of it lasts.
	 */
	private boolean isFromTheFuture(ImageHead head) {
		return head.lastModified().getEpochSecond() > this.clock.instant().getEpochSecond();
	}

	private static @Nullable HitAnswer whole(HeldImage image, HttpHeaders headers, boolean fromFile) {
		return bytes(image, ByteSpan.whole(image.head().length()), HttpResponseStatus.OK, headers, fromFile);
	}

	private static @Nullable HitAnswer part(HeldImage image, ByteSpan span, HttpHeaders headers, boolean fromFile) {
		headers.add(HttpHeaderNames.CONTENT_RANGE, ImageAnswers.contentRange(span, image.head().length()));
		return bytes(image, span, HttpResponseStatus.PARTIAL_CONTENT, headers, fromFile);
	}

	private static @Nullable HitAnswer bytes(HeldImage image, ByteSpan span, HttpResponseStatus status,
			HttpHeaders headers, boolean fromFile) {
		withLength(headers, span.length());
		List<FileRegion> file = fromFile ? image.openFile(span) : List.of();
		if (!file.isEmpty()) {
			return new HitAnswer(image, response(status, Unpooled.EMPTY_BUFFER, headers), file);
		}
		ByteBuf bytes = image.open(span);
		return (bytes != null) ? HitAnswer.of(image, response(status, bytes, headers)) : null;
	}

	private static HitAnswer bodiless(HeldImage image, HttpResponseStatus status, HttpHeaders headers) {
		image.describe();
		return HitAnswer.of(image, response(status, Unpooled.EMPTY_BUFFER, headers));
	}

	private static FullHttpResponse response(HttpResponseStatus status, ByteBuf bytes, HttpHeaders headers) {
		return new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, bytes, headers, EmptyHttpHeaders.INSTANCE);
	}

	private static HttpHeaders withLength(HttpHeaders headers, long length) {
		return headers.add(HttpHeaderNames.CONTENT_LENGTH, Long.toString(length));
	}

	/** The headers of a 304, which all other answers have, too. */
	private HttpHeaders headers(ImageKey key, HeldImage image, @Nullable String origin) {
		String named = (origin != null && this.writer.isNamed(origin)) ? origin : ANYBODY;
		boolean isBrief = !this.receivesPurges.getAsBoolean();
		return (isBrief ? this.brief : this.lasting).computeIfAbsent(named, (any) -> byHead())
			.get(image.head(), (head) -> lasting(key, image, origin, isBrief))
			.headers()
			.add(HttpHeaderNames.DATE, this.writer.date());
	}

	/** Upkeep on the spot: waking a thread for it would cost more than an answer. */
	private static Cache<ImageHead, LastingHeaders> byHead() {
		return Caffeine.newBuilder().weakKeys().executor(Runnable::run).build();
	}

	private LastingHeaders lasting(ImageKey key, HeldImage image, @Nullable String origin, boolean isBrief) {
		Answer known = CacheReport.addTo(ImageAnswers.notModified(key, image.head()), image.trail());
		return this.form.apply(this.writer.lastingHeaders(isBrief ? ImageAnswers.briefly(known) : known, origin));
	}

}
