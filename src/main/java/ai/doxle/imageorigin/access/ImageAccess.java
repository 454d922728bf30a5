package ai.doxle.imageorigin.access;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import ai.doxle.imageorigin.access.AccessProperties.Mode;
import ai.doxle.imageorigin.image.ImageKey;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.security.oauth2.jwt.Jwt;
import reactor.core.publisher.Mono;

/**
 * Decides who may read: the edge secret for every request, then token and project for an
 * image.
 */
public final class ImageAccess {

	/**
	 * RFC 6750 section 2.1; the scheme's case does not matter (RFC 9110 section 11.1).
	 */
	private static final Pattern BEARER = Pattern.compile("Bearer +([A-Za-z0-9._~+/-]+=*)", Pattern.CASE_INSENSITIVE);

	private static final Pattern BEARER_SCHEME = Pattern.compile("Bearer(?: .*)?", Pattern.CASE_INSENSITIVE);

	private final Mode mode;

	private final EdgeSecrets edgeSecrets;

	private final @Nullable ProjectClaim projectClaim;

	private final TokenVerifier tokens;

	ImageAccess(AccessProperties properties, TokenVerifier tokens) {
		this.mode = properties.mode();
		this.edgeSecrets = new EdgeSecrets(properties.edgeSecrets());
		this.projectClaim = (properties.projectClaim() != null) ? new ProjectClaim(properties.projectClaim()) : null;
		this.tokens = tokens;
	}

	/**
	 * Checks that a request came through the edge.
	 * @throws AccessFailure.NotFromEdge if it did not
	 */
	public void requireEdge(HttpHeaders headers) {
		List<String> values = headers.getOrEmpty(EdgeSecrets.HEADER);
		if (!this.edgeSecrets.admit((values.size() == 1) ? values.getFirst() : null)) {
			throw new AccessFailure.NotFromEdge();
		}
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
			String token = bearerToken(headers.getOrEmpty(HttpHeaders.AUTHORIZATION));
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
	 * Whether a request passes all checks, if that can be said at once: the same as
	 * {@link #requireEdge} and {@link #admit}, but a token that was not verified before
	 * is no. Whoever gets a no asks those for the reason.
	 */
	public boolean admitsAtOnce(HttpHeaders headers, ImageKey key) {
		try {
			requireEdge(headers);
			return this.mode == Mode.OPEN
					|| admitsAtOnce(bearerToken(headers.getOrEmpty(HttpHeaders.AUTHORIZATION)), key);
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

	private static @Nullable String bearerToken(List<String> values) {
		if (values.size() > 1) {
			throw new AccessFailure.BadToken("More than one Authorization header", null);
		}
		if (values.isEmpty() || !BEARER_SCHEME.matcher(values.getFirst()).matches()) {
			return null;
		}
		Matcher bearer = BEARER.matcher(values.getFirst());
		if (!bearer.matches()) {
			throw new AccessFailure.BadToken("The bearer token is malformed", null);
		}
		return bearer.group(1);
	}

}
