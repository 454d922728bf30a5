package ai.doxle.imageorigin.access;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import org.jspecify.annotations.Nullable;
import org.springframework.security.oauth2.jwt.BadJwtException;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import reactor.core.publisher.Mono;

/**
 * Verifies bearer tokens, each once: a verified token is remembered until it expires,
 * under the SHA-256 of its text, and simultaneous requests with one token share one
 * verification. Refusals are not remembered.
 */
final class TokenVerifier {

	/** How far a token's clock may be from ours. */
	static final Duration CLOCK_SKEW = Duration.ofSeconds(60);

	/** How long a token is remembered that never expires. */
	private static final Duration WITHOUT_EXPIRY = Duration.ofMinutes(5);

	private final JwtDecoder decoder;

	private final Executor executor;

	private final AsyncCache<ByteBuffer, Jwt> verified;

	/**
	 * @param decoder verifies; may block to fetch keys
	 * @param executor where it may block; a bounded one, which refuses what it cannot
	 * queue
	 * @param maxRemembered how many tokens are remembered
	 */
	TokenVerifier(JwtDecoder decoder, Executor executor, long maxRemembered) {
		this.decoder = decoder;
		this.executor = executor;
		this.verified = Caffeine.newBuilder()
			.maximumSize(maxRemembered)
			// its upkeep is cheaper than waking a thread for it
			.executor(Runnable::run)
			.expireAfter(Expiry.<ByteBuffer, Jwt>creating((hash, token) -> rest(token)))
			.buildAsync();
	}

	/**
	 * Verifies a token: signature, issuer, audience and times. Fails with
	 * {@link AccessFailure.BadToken} or {@link AccessFailure.Unverifiable}.
	 */
	Mono<Jwt> verify(String token) {
		return Mono.fromFuture(() -> this.verified.get(hash(token), (hash, any) -> decode(token)), true)
			.onErrorMap(TokenVerifier::asFailure);
	}

	private CompletableFuture<Jwt> decode(String token) {
		return CompletableFuture.supplyAsync(() -> this.decoder.decode(token), this.executor);
	}

	/** A token that was verified before, or null; never blocks. */
	@Nullable Jwt recall(String token) {
		CompletableFuture<Jwt> known = this.verified.getIfPresent(hash(token));
		return (known != null && known.state() == Future.State.SUCCESS) ? known.resultNow() : null;
	}

	private static AccessFailure asFailure(Throwable error) {
		return (error instanceof BadJwtException) ? new AccessFailure.BadToken("The token is invalid or expired", error)
				: new AccessFailure.Unverifiable(error);
	}

	private static Duration rest(Jwt token) {
		Instant expiry = token.getExpiresAt();
		return (expiry != null) ? Duration.between(Instant.now(), expiry.plus(CLOCK_SKEW)) : WITHOUT_EXPIRY;
	}

	private static ByteBuffer hash(String token) {
		try {
			byte[] bytes = token.getBytes(StandardCharsets.US_ASCII);
			return ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(bytes));
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException("every JDK has SHA-256", ex);
		}
	}

}
