package ai.doxle.imageorigin.web.shortcut;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.support.Netty4HeadersAdapter;

import ai.doxle.imageorigin.delivery.ImageDelivery;
import ai.doxle.imageorigin.delivery.MemoryHit;
import ai.doxle.imageorigin.web.request.ImageRequest;
import ai.doxle.imageorigin.web.request.RequestGate;

/**
 * Tells which requests are hits: ordinary ones for an image in memory that pass every
 * check without waiting for anything.
 */
final class HitRequests {

	private final RequestGate gate;

	private final ImageDelivery delivery;

	private final HitResponses responses;

	HitRequests(RequestGate gate, ImageDelivery delivery, HitResponses responses) {
		this.gate = gate;
		this.delivery = delivery;
		this.responses = responses;
	}

	/**
	 * The response to a request, if it is a hit.
	 * @param fromFile whether the body may be pieces of a file
	 * @param secure whether the request came over TLS
	 * @return the response; null if WebFlux has to make it
	 */
	@Nullable HitResponse hit(HttpRequest request, boolean fromFile, boolean secure) {
		if (!this.gate.concerns(request.uri()) || !isOrdinary(request)) {
			return null;
		}
		HttpHeaders headers = new HttpHeaders(new Netty4HeadersAdapter(request.headers()));
		ImageRequest wanted = this.gate.enterAtOnce(method(request), request.uri(), headers, secure);
		return (wanted != null) ? hit(wanted, headers.getOrigin(), fromFile) : null;
	}

	private @Nullable HitResponse hit(ImageRequest wanted, @Nullable String origin, boolean fromFile) {
		MemoryHit image = this.delivery.memoryHit(wanted.key());
		return (image != null) ? this.responses.respond(wanted, image, origin, fromFile) : null;
	}

	/** HTTP/1.1 or HTTP/2, kept alive, without a body. */
	private static boolean isOrdinary(HttpRequest request) {
		boolean reads = HttpMethod.GET.equals(request.method()) || HttpMethod.HEAD.equals(request.method());
		return reads && request.decoderResult().isSuccess() && HttpVersion.HTTP_1_1.equals(request.protocolVersion())
				&& HttpUtil.isKeepAlive(request)
				&& "0".equals(request.headers().get(HttpHeaderNames.CONTENT_LENGTH, "0"))
				&& !request.headers().contains(HttpHeaderNames.TRANSFER_ENCODING)
				&& !request.headers().contains(HttpHeaderNames.EXPECT);
	}

	private static org.springframework.http.HttpMethod method(HttpRequest request) {
		return HttpMethod.HEAD.equals(request.method()) ? org.springframework.http.HttpMethod.HEAD
				: org.springframework.http.HttpMethod.GET;
	}

}
