package ai.doxle.imageorigin.access;

import java.time.Clock;
import java.time.Instant;

import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.security.oauth2.jwt.Jwt;
import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.access.AccessProperties.Mode;

/**
 * Decides who may trade a token for viewers' cookies: holders of a verified one, whatever
 * the access mode says of tokens for images.
 */
public final class SessionAccess {

	private final boolean possible;

	private final @Nullable ProjectClaim projectClaim;

	private final TokenVerifier tokens;

	private final Clock clock;

	SessionAccess(AccessProperties properties, TokenVerifier tokens, Clock clock) {
		this.possible = properties.mode() != Mode.OPEN;
		this.projectClaim = (properties.projectClaim() != null) ? new ProjectClaim(properties.projectClaim()) : null;
		this.tokens = tokens;
		this.clock = clock;
	}

	/** Whether images need any credential at all; in mode {@code open} they do not. */
	public boolean isPossible() {
		return this.possible;
	}

	/**
	 * What the token of a request grants. Fails with an {@link AccessFailure} if there is
	 * none, or a bad one, or if it cannot be verified at the moment.
	 */
	public Mono<TokenGrant> grant(HttpHeaders headers) {
		return Mono.defer(() -> {
			String token = BearerTokens.in(headers);
			return (token != null) ? this.tokens.verify(token).map(this::grant)
					: Mono.error(new AccessFailure.NoToken());
		});
	}

	/** Cookies have no clock skew: what has expired is worth none. */
	private TokenGrant grant(Jwt token) {
		Instant expires = token.getExpiresAt();
		if (expires != null && !expires.isAfter(this.clock.instant())) {
			throw new AccessFailure.BadToken("The token has expired", null);
		}
		return new TokenGrant((this.projectClaim != null) ? this.projectClaim.projects(token) : null, expires);
	}

}
