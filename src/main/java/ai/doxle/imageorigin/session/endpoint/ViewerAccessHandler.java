package ai.doxle.imageorigin.session.endpoint;

import java.util.List;
import java.util.concurrent.RejectedExecutionException;

import org.jspecify.annotations.Nullable;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.access.viewer.SignedCookies;
import ai.doxle.imageorigin.access.viewer.ViewerAddress;
import ai.doxle.imageorigin.access.viewer.ViewerCookies;
import ai.doxle.imageorigin.access.viewer.ViewerDecision;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.web.request.ImageRequestReader;
import ai.doxle.imageorigin.web.request.InvalidRequestException;
import ai.doxle.imageorigin.web.request.RequestTargets;

/**
 * Tells a cache in front whether a viewer's cookies allow the image that it is asked for,
 * hits included: 204 if they do, 403 for all else, as CloudFront has it. Bearer tokens
 * are not looked at, which CloudFront does not do either. The statuses are those of
 * nginx' {@code auth_request}, for which all others are errors.
 */
final class ViewerAccessHandler {

	/** The target of the viewer's request, as it was sent. */
	static final String URI = "X-Original-URI";

	/** The host of the viewer's request. */
	static final String HOST = "X-Original-Host";

	/** Its scheme. */
	static final String SCHEME = "X-Forwarded-Proto";

	private static final List<String> SCHEMES = List.of("http", "https");

	private final ViewerCookies cookies;

	private final ViewerAddress address;

	private final RequestTargets targets;

	private final ImageRequestReader reader;

	ViewerAccessHandler(ViewerCookies cookies, ViewerAddress address) {
		this.cookies = cookies;
		this.address = address;
		this.targets = new RequestTargets(address.imagePath());
		this.reader = new ImageRequestReader(address.imagePath());
	}

	Mono<ServerResponse> check(ServerRequest request) {
		return Mono.defer(() -> decide(request.headers().asHttpHeaders()))
			.map(ViewerDecision.Allowed.class::isInstance)
			.onErrorReturn(InvalidRequestException.class, false)
			.defaultIfEmpty(false)
			.flatMap(ViewerAccessHandler::respond)
			.onErrorResume(RejectedExecutionException.class, (busy) -> refuseForNow());
	}

	private Mono<ViewerDecision> decide(HttpHeaders headers) {
		SignedCookies signed = this.cookies.in(headers);
		String target = only(headers, URI);
		if (signed == null || target == null) {
			return Mono.empty();
		}
		String path = this.targets.readable(target);
		return this.reader.concerns(path) ? this.cookies.decide(signed, base(headers), key(path)) : Mono.empty();
	}

	private ImageKey key(String path) {
		return this.reader.read(HttpMethod.GET, path, HttpHeaders.EMPTY).key();
	}

	private @Nullable String base(HttpHeaders headers) {
		String scheme = only(headers, SCHEME);
		String host = only(headers, HOST);
		return (scheme != null && host != null && SCHEMES.contains(scheme)) ? this.address.base(scheme, host) : null;
	}

	/** Two lines may be the cache's and the viewer's. */
	private static @Nullable String only(HttpHeaders headers, String name) {
		List<String> values = headers.getOrEmpty(name);
		return (values.size() == 1) ? values.getFirst() : null;
	}

	/** Too many cookies are to be verified: an edge must not remember that. */
	private static Mono<ServerResponse> refuseForNow() {
		return ServerResponse.status(HttpStatus.FORBIDDEN)
			.cacheControl(CacheControl.noStore())
			.header(HttpHeaders.RETRY_AFTER, "1")
			.build();
	}

	private static Mono<ServerResponse> respond(boolean allowed) {
		return ServerResponse.status(allowed ? HttpStatus.NO_CONTENT : HttpStatus.FORBIDDEN)
			.cacheControl(CacheControl.noStore())
			.build();
	}

}
