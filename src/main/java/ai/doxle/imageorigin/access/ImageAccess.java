package ai.doxle.imageorigin.access;

import java.util.List;

import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.security.oauth2.jwt.Jwt;
import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.access.AccessProperties.Mode;
import ai.doxle.imageorigin.image.ImageKey;

/**
 * Decides who may read: the edge secret for every request, then token and project for an
 * image.
 */
public final class ImageAccess {

	private final Mode mode;

	private final EdgeSecrets edgeSecrets;

	private final @Nullable ProjectClaim projectClaim;

	private final TokenVerifier tokens;

	ImageAccess(AccessProperties properties, TokenVerifier tokens) {
		this.mode = properties.mode();
		this.edgeSecrets = new EdgeSecrets((properties.edgeSecrets() != null) ? properties.edgeSecrets() : List.of());
		this.projectClaim = (properties.projectClaim() != null) ? new ProjectClaim(properties.projectClaim()) : null;
		this.tokens = tokens;
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
	 */
	public Mono<Void> admit(HttpHeaders headers, ImageKey key) {
		if (this.mode == Mode.OPEN) {
			return Mono.empty();
		}
		return Mono.defer(() -> {
			String token = BearerTokens.in(headers);
			return (token != null) ? admit(token, key) : admitAnonymous();
		});
	}

	private Mono<Void> admit(String token, ImageKey key) {
		return this.tokens.verify(token).doOnNext((jwt) -> {
			if (!covers(jwt, key)) {
				throw new AccessFailure.NotAllowed();
			}
		}).then();
	}

	/**
	 * Whether a request may read an image, if that can be said at once: the same as
	 * {@link #admit}, but a token that was not verified before is no. Whoever gets a no
	 * asks that for the reason.
	 */
	public boolean admitsAtOnce(HttpHeaders headers, ImageKey key) {
		try {
			return this.mode == Mode.OPEN || admitsAtOnce(BearerTokens.in(headers), key);
		}
		catch (AccessFailure failure) {
			return false;
		}
	}

	private boolean admitsAtOnce(@Nullable String token, ImageKey key) {
		if (token == null) {
			return this.mode == Mode.OPTIONAL;
		}
		Jwt jwt = this.tokens.recall(token);
		return jwt != null && covers(jwt, key);
	}

	private boolean covers(Jwt jwt, ImageKey key) {
		return this.projectClaim == null || this.projectClaim.covers(jwt, key);
	}

	private Mono<Void> admitAnonymous() {
		return (this.mode == Mode.OPTIONAL) ? Mono.empty() : Mono.error(new AccessFailure.NoToken());
	}

}
