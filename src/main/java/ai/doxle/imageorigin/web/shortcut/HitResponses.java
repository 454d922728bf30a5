package ai.doxle.imageorigin.web.shortcut;

import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

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

import ai.doxle.imageorigin.delivery.MemoryHit;
import ai.doxle.imageorigin.image.ByteSpan;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.web.request.Evaluation;
import ai.doxle.imageorigin.web.request.ImageRequest;
import ai.doxle.imageorigin.web.response.CacheStatus;
import ai.doxle.imageorigin.web.response.ImageResponse;
import ai.doxle.imageorigin.web.response.ImageResponses;
import ai.doxle.imageorigin.web.response.ResponseHeaders;

/**
 * Responses from memory, with the headers that {@link ImageResponses},
 * {@link CacheStatus} and {@link ResponseHeaders} make. What all responses about an image
 * have in common is made once for each image.
 */
final class HitResponses {

	/** Instead of an origin that responses do not name. */
	private static final String ANYBODY = "";

	private final ResponseHeaders headers;

	private final Clock clock;

	private final HeaderTemplate.Form form;

	/**
	 * By origin, of which few are named, and by identity: a head is the same object as
	 * long as its image is held.
	 */
	private final Map<String, Cache<ImageHead, HeaderTemplate>> templates = new ConcurrentHashMap<>();

	/** The same, for while purges may be missed. */
	private final Map<String, Cache<ImageHead, HeaderTemplate>> briefTemplates = new ConcurrentHashMap<>();

	private final BooleanSupplier receivesPurges;

	/**
	 * @param receivesPurges whether this instance hears of purges
	 * @param form makes of headers what the version of HTTP wants
	 */
	HitResponses(ResponseHeaders headers, Clock clock, BooleanSupplier receivesPurges, HeaderTemplate.Form form) {
		this.headers = headers;
		this.clock = clock;
		this.receivesPurges = receivesPurges;
		this.form = form;
	}

	/**
	 * The response to a request.
	 * @param origin the request's origin, if it names one
	 * @param fromFile whether the body may be pieces of a file, which nothing between
	 * here and the socket can look into
	 * @return the response; or null if it has to be made elsewhere
	 */
	@Nullable HitResponse respond(ImageRequest wanted, MemoryHit image, @Nullable String origin, boolean fromFile) {
		if (isFromTheFuture(image.head())) {
			return null;
		}
		HttpHeaders headers = headers(wanted.key(), image, origin);
		return switch (Evaluation.of(wanted, image.head(), this.clock)) {
			case Evaluation.Whole whole -> whole(image, headers, fromFile);
			case Evaluation.HeadOnly head ->
				bodiless(image, HttpResponseStatus.OK, withLength(headers, image.head().length()));
			case Evaluation.NotModified known -> bodiless(image, HttpResponseStatus.NOT_MODIFIED, headers);
			case Evaluation.Partial parts when parts.spans().size() == 1 ->
				part(image, parts.spans().getFirst(), headers, fromFile);
			case Evaluation other -> null;
		};
	}

	/**
	 * Its {@code Last-Modified} changes with {@code Date}, so that no template fits.
	 */
	private boolean isFromTheFuture(ImageHead head) {
		return head.lastModified().getEpochSecond() > this.clock.instant().getEpochSecond();
	}

	private static @Nullable HitResponse whole(MemoryHit image, HttpHeaders headers, boolean fromFile) {
		return bytes(image, ByteSpan.whole(image.head().length()), HttpResponseStatus.OK, headers, fromFile);
	}

	private static @Nullable HitResponse part(MemoryHit image, ByteSpan span, HttpHeaders headers, boolean fromFile) {
		headers.add(HttpHeaderNames.CONTENT_RANGE, ImageResponses.contentRange(span, image.head().length()));
		return bytes(image, span, HttpResponseStatus.PARTIAL_CONTENT, headers, fromFile);
	}

	private static @Nullable HitResponse bytes(MemoryHit image, ByteSpan span, HttpResponseStatus status,
			HttpHeaders headers, boolean fromFile) {
		withLength(headers, span.length());
		List<FileRegion> file = fromFile ? image.openFile(span) : List.of();
		if (!file.isEmpty()) {
			return new HitResponse(image, response(status, Unpooled.EMPTY_BUFFER, headers), file);
		}
		ByteBuf bytes = image.open(span);
		return (bytes != null) ? HitResponse.of(image, response(status, bytes, headers)) : null;
	}

	private static HitResponse bodiless(MemoryHit image, HttpResponseStatus status, HttpHeaders headers) {
		image.describe();
		return HitResponse.of(image, response(status, Unpooled.EMPTY_BUFFER, headers));
	}

	private static FullHttpResponse response(HttpResponseStatus status, ByteBuf bytes, HttpHeaders headers) {
		return new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, bytes, headers, EmptyHttpHeaders.INSTANCE);
	}

	private static HttpHeaders withLength(HttpHeaders headers, long length) {
		return headers.add(HttpHeaderNames.CONTENT_LENGTH, Long.toString(length));
	}

	/** The headers of a 304, which all other responses have, too. */
	private HttpHeaders headers(ImageKey key, MemoryHit image, @Nullable String origin) {
		String named = (origin != null && this.headers.dependOn(origin)) ? origin : ANYBODY;
		boolean isBrief = !this.receivesPurges.getAsBoolean();
		return (isBrief ? this.briefTemplates : this.templates).computeIfAbsent(named, (any) -> byHead())
			.get(image.head(), (head) -> template(key, image, origin, isBrief))
			.headers()
			.add(HttpHeaderNames.DATE, this.headers.date());
	}

	/** Maintained on the spot: waking a thread for it would cost more than a response. */
	private static Cache<ImageHead, HeaderTemplate> byHead() {
		return Caffeine.newBuilder().weakKeys().executor(Runnable::run).build();
	}

	private HeaderTemplate template(ImageKey key, MemoryHit image, @Nullable String origin, boolean isBrief) {
		ImageResponse known = CacheStatus.addTo(ImageResponses.notModified(key, image.head()), image.trail());
		return this.form.of(this.headers.withoutDate(isBrief ? ImageResponses.briefly(known) : known, origin));
	}

}
