package ai.doxle.imageorigin.access;

import java.util.Arrays;
import java.util.Collection;
import java.util.Objects;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.security.oauth2.jwt.Jwt;
import reactor.core.publisher.Mono;

/**
 * Decides who may look after the origin: whoever has a verified token with the scope for
 * it, whatever the access mode for readers is.
 */
public final class AdminAccess {

	private final @Nullable TokenVerifier tokens;

	/**
	 * @param tokens verifies tokens, or null if no keys are known to verify them with
	 */
	AdminAccess(@Nullable TokenVerifier tokens) {
		this.tokens = tokens;
	}

	/** Whether tokens can be verified at all; if not, nobody is admitted. */
	public boolean isPossible() {
		return this.tokens != null;
	}

	/**
	 * Checks that a request carries a token with a scope, in its claim {@code scope} (RFC
	 * 8693 section 4.2) or {@code scp}: completes if so, fails with an
	 * {@link AccessFailure} otherwise.
	 * @param scope the scope that is needed
	 */
	public Mono<Void> admit(HttpHeaders headers, String scope) {
		return Mono.defer(() -> {
			String token = BearerTokens.in(headers);
			if (token == null || this.tokens == null) {
				return Mono.error(new AccessFailure.NoToken());
			}
			return this.tokens.verify(token).doOnNext((jwt) -> requireScope(jwt, scope)).then();
		});
	}

	private static void requireScope(Jwt token, String scope) {
		if (Stream.of("scope", "scp").flatMap((claim) -> scopes(token, claim)).noneMatch(scope::equals)) {
			throw new AccessFailure.NotAllowed("The token lacks the scope " + scope);
		}
	}

	/** Issuers write scopes as a list, or as one text with spaces between them. */
	private static Stream<String> scopes(Jwt token, String claim) {
		return switch (token.getClaims().get(claim)) {
			case String text -> Arrays.stream(text.split(" ", -1));
			case Collection<?> list -> list.stream().filter(Objects::nonNull).map(Object::toString);
			case null, default -> Stream.empty();
		};
	}

}
