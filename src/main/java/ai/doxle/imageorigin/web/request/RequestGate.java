package ai.doxle.imageorigin.web.request;

import java.util.Optional;

import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.access.AccessFailure;
import ai.doxle.imageorigin.access.ImageAccess;

/**
 * The checks that a request for an image passes before anything is looked up, in the
 * order that is part of the contract: edge, method, key, then token or cookies and the
 * right to the path.
 */
public final class RequestGate {

	private final ImageRequestReader reader;

	private final ImageAccess access;

	public RequestGate(ImageRequestReader reader, ImageAccess access) {
		this.reader = reader;
		this.access = access;
	}

	/**
	 * Whether a request is for an image.
	 * @param target the request's target, its path percent-encoded
	 */
	public boolean concerns(String target) {
		return this.reader.concerns(target);
	}

	/**
	 * Makes all checks.
	 * @param target the request's target, its path percent-encoded
	 * @param secure whether it came over TLS
	 * @return the request; empty for OPTIONS, which needs nothing but the edge. Fails
	 * with {@link AccessFailure} or {@link InvalidRequestException}
	 */
	public Mono<ImageRequest> enter(HttpMethod method, String target, HttpHeaders headers, boolean secure) {
		return Mono.defer(() -> Mono.justOrEmpty(check(method, target, headers)))
			.flatMap((request) -> this.access.admit(headers, request.key(), secure).thenReturn(request));
	}

	/**
	 * Makes the checks that need neither token nor key material: edge, method and key.
	 * @return the request; empty for OPTIONS
	 * @throws AccessFailure.NotFromEdge if it did not come through the edge
	 * @throws InvalidRequestException if its method or key is not allowed
	 */
	public Optional<ImageRequest> check(HttpMethod method, String target, HttpHeaders headers) {
		this.access.requireEdge(headers);
		return HttpMethod.OPTIONS.equals(method) ? Optional.empty()
				: Optional.of(this.reader.read(method, target, headers));
	}

	/**
	 * Makes all checks without waiting.
	 * @param secure whether it came over TLS
	 * @return the request; null if it is refused, or a token or cookies have to be
	 * verified first
	 */
	public @Nullable ImageRequest enterAtOnce(HttpMethod method, String target, HttpHeaders headers, boolean secure) {
		if (!this.access.isFromEdge(headers)) {
			return null;
		}
		try {
			ImageRequest request = this.reader.read(method, target, headers);
			return this.access.admitsAtOnce(headers, request.key(), secure) ? request : null;
		}
		catch (InvalidRequestException refusal) {
			return null;
		}
	}

}
