package ai.doxle.imageorigin.access;

import java.util.List;
import java.util.concurrent.RejectedExecutionException;

import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.security.oauth2.jwt.Jwt;
import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.access.AccessProperties.Mode;
import ai.doxle.imageorigin.access.viewer.SignedCookies;
import ai.doxle.imageorigin.access.viewer.ViewerAddress;
import ai.doxle.imageorigin.access.viewer.ViewerCookies;
import ai.doxle.imageorigin.access.viewer.ViewerDecision;
import ai.doxle.imageorigin.image.ImageKey;

/**
 * Decides who may read: the edge secret for every request, then one credential for an
 * image. A token decides if there is one, with its projects; otherwise the edge, where it
 * has checked the viewer's cookies; otherwise these cookies.
 */
public final class ImageAccess {

	private static final String VIEWER_ACCESS = "X-Viewer-Access";

	private static final List<String> SIGNED_COOKIES = List.of("signed-cookies");

	private final Mode mode;

	private final EdgeSecrets edgeSecrets;

	private final boolean edgeChecksViewers;

	private final @Nullable ProjectClaim projectClaim;

	private final TokenVerifier tokens;

	private final ViewerCookies cookies;

	private final ViewerAddress address;

	ImageAccess(AccessProperties properties, TokenVerifier tokens, ViewerCookies cookies, ViewerAddress address) {
		this.mode = properties.mode();
		this.edgeSecrets = new EdgeSecrets((properties.edgeSecrets() != null) ? properties.edgeSecrets() : List.of());
		this.edgeChecksViewers = properties.edgeChecksViewers();
		this.projectClaim = (properties.projectClaim() != null) ? new ProjectClaim(properties.projectClaim()) : null;
		this.tokens = tokens;
		this.cookies = cookies;
		this.address = address;
	}

	/**
	 * Checks that a request came through the edge.
	 * @throws AccessFailure.NotFromEdge if it did not
	 */
	public void requireEdge(HttpHeaders headers) {
		if (!isFromEdge(headers)) {
			throw new AccessFailure.NotFromEdge();
		}
	}

	/** Whether a request came through the edge. */
	public boolean isFromEdge(HttpHeaders headers) {
		List<String> values = headers.getOrEmpty(EdgeSecrets.HEADER);
		return this.edgeSecrets.admit((values.size() == 1) ? values.getFirst() : null);
	}

	/**
	 * Checks that a request may read an image: completes if so, fails with an
	 * {@link AccessFailure} otherwise.
	 * @param secure whether the request came over TLS
	 */
	public Mono<Void> admit(HttpHeaders headers, ImageKey key, boolean secure) {
		if (this.mode == Mode.OPEN) {
			return Mono.empty();
		}
		return Mono.defer(() -> {
			String token = BearerTokens.in(headers);
			return (token != null) ? admit(token, key) : admitViewer(headers, key, secure);
		});
	}

	private Mono<Void> admit(String token, ImageKey key) {
		return this.tokens.verify(token).doOnNext((jwt) -> {
			if (!covers(jwt, key)) {
				throw new AccessFailure.NotAllowed();
			}
		}).then();
	}

	private Mono<Void> admitViewer(HttpHeaders headers, ImageKey key, boolean secure) {
		if (isCheckedByEdge(headers)) {
			return Mono.empty();
		}
		SignedCookies signed = this.cookies.in(headers);
		return (signed != null) ? admit(signed, this.address.base(headers, secure), key) : admitAnonymous();
	}

	private Mono<Void> admit(SignedCookies signed, @Nullable String base, ImageKey key) {
		return this.cookies.decide(signed, base, key)
			.onErrorMap(RejectedExecutionException.class, (tooMany) -> new AccessFailure.TooManyCookies())
			.doOnNext(ImageAccess::requireAllowed)
			.then();
	}

	private static void requireAllowed(ViewerDecision decision) {
		switch (decision) {
			case ViewerDecision.Allowed allowed -> {
			}
			case ViewerDecision.OtherPath other ->
				throw new AccessFailure.NotAllowed("The viewer's cookies do not allow reading this image");
			case ViewerDecision.Invalid invalid -> throw new AccessFailure.BadCookies(invalid.reason());
		}
	}

	/**
	 * Whether a request may read an image, if that can be said at once: the same as
	 * {@link #admit}, but a token or cookies that were not verified before are no. A
	 * caller that gets a no asks that for the reason.
	 * @param secure whether the request came over TLS
	 */
	public boolean admitsAtOnce(HttpHeaders headers, ImageKey key, boolean secure) {
		try {
			return this.mode == Mode.OPEN || admitsAtOnce(BearerTokens.in(headers), headers, key, secure);
		}
		catch (AccessFailure failure) {
			return false;
		}
	}

	private boolean admitsAtOnce(@Nullable String token, HttpHeaders headers, ImageKey key, boolean secure) {
		if (token == null) {
			return isCheckedByEdge(headers) || admitsViewerAtOnce(headers, key, secure);
		}
		Jwt jwt = this.tokens.recall(token);
		return jwt != null && covers(jwt, key);
	}

	private boolean admitsViewerAtOnce(HttpHeaders headers, ImageKey key, boolean secure) {
		SignedCookies signed = this.cookies.in(headers);
		return (signed != null) ? this.cookies.allowAtOnce(signed, this.address.base(headers, secure), key)
				: this.mode == Mode.OPTIONAL;
	}

	/** Only the behaviour of the CDN that demands cookies sets that header. */
	private boolean isCheckedByEdge(HttpHeaders headers) {
		return this.edgeChecksViewers && SIGNED_COOKIES.equals(headers.getOrEmpty(VIEWER_ACCESS))
				&& isFromEdge(headers);
	}

	private boolean covers(Jwt jwt, ImageKey key) {
		return this.projectClaim == null || this.projectClaim.covers(jwt, key);
	}

	private Mono<Void> admitAnonymous() {
		return (this.mode == Mode.OPTIONAL) ? Mono.empty() : Mono.error(new AccessFailure.NoToken());
	}

}
