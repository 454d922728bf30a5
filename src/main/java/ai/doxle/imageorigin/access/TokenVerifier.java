package ai.doxle.imageorigin.access;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.function.IntSupplier;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.Ticker;
import org.jspecify.annotations.Nullable;
import org.springframework.security.oauth2.jwt.BadJwtException;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.access.keys.TokenKeys;
import ai.doxle.imageorigin.image.Sha256;

/**
 * Verifies bearer tokens, each once in a while: a verified token is remembered, under the
 * SHA-256 of its text, until it expires or a key leaves the issuer's set, and for
 * {@link #REMEMBERED} at most. Simultaneous requests with one token share one
 * verification. Refusals are not remembered.
 */
final class TokenVerifier {

	/** How far a token's clock may be from ours. */
	static final Duration CLOCK_SKEW = Duration.ofSeconds(60);

	/**
	 * How long a token is remembered at most. A key that was withdrawn may have verified
	 * it as long as the key set was {@linkplain TokenKeys#FRESH fresh}, so that the two
	 * make five minutes.
	 */
	static final Duration REMEMBERED = Duration.ofSeconds(150);

	private final JwtDecoder decoder;

	private final Executor executor;

	private final IntSupplier withdrawals;

	private final AsyncCache<Remembered, Jwt> verified;

	/**
	 * @param decoder verifies; may block to fetch keys
	 * @param withdrawals how often keys have left the set that the decoder verifies with
	 * @param executor where it may block; a bounded one, which refuses what it cannot
	 * queue
	 * @param maxRemembered how many tokens are remembered
	 */
	TokenVerifier(JwtDecoder decoder, IntSupplier withdrawals, Executor executor, long maxRemembered) {
		this(decoder, withdrawals, executor, maxRemembered, Ticker.systemTicker());
	}

	TokenVerifier(JwtDecoder decoder, IntSupplier withdrawals, Executor executor, long maxRemembered, Ticker ticker) {
		this.decoder = decoder;
		this.withdrawals = withdrawals;
		this.executor = executor;
		this.verified = Caffeine.newBuilder()
			.ticker(ticker)
			.maximumSize(maxRemembered)
			// its maintenance is cheaper than waking a thread for it
			.executor(Runnable::run)
			.expireAfter(Expiry.<Remembered, Jwt>creating((name, token) -> rest(token)))
			.buildAsync();
	}

	/**
	 * Verifies a token: signature, issuer, audience and times. Fails with
	 * {@link AccessFailure.BadToken} or {@link AccessFailure.Unverifiable}.
	 */
	Mono<Jwt> verify(String token) {
		return Mono.fromFuture(() -> this.verified.get(remembered(token), (name, any) -> decode(token)), true)
			.onErrorMap(TokenVerifier::asFailure);
	}

	private CompletableFuture<Jwt> decode(String token) {
		return CompletableFuture.supplyAsync(() -> this.decoder.decode(token), this.executor);
	}

	/** A token that was verified before, or null; never blocks. */
	@Nullable Jwt recall(String token) {
		CompletableFuture<Jwt> known = this.verified.getIfPresent(remembered(token));
		return (known != null && known.state() == Future.State.SUCCESS) ? known.resultNow() : null;
	}

	private static AccessFailure asFailure(Throwable error) {
		return (error instanceof BadJwtException) ? new AccessFailure.BadToken("The token is invalid or expired", error)
				: new AccessFailure.Unverifiable(error);
	}

	private static Duration rest(Jwt token) {
		Instant expiry = token.getExpiresAt();
		if (expiry == null) {
			return REMEMBERED;
		}
		Duration rest = Duration.between(Instant.now(), expiry.plus(CLOCK_SKEW));
		return (rest.compareTo(REMEMBERED) < 0) ? rest : REMEMBERED;
	}

	private Remembered remembered(String token) {
		return new Remembered(ByteBuffer.wrap(Sha256.digest(token)), this.withdrawals.getAsInt());
	}

	/**
	 * What a token is remembered under: nothing that was verified before a key left the
	 * set is found after that.
	 */
	private record Remembered(ByteBuffer hash, int withdrawals) {

	}

}
