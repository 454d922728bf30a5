package ai.doxle.imageorigin.access.viewer;

import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.LongAdder;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.access.viewer.key.ViewerKey;
import ai.doxle.imageorigin.access.viewer.key.ViewerKeys;

/**
 * Verifies CloudFront's signed cookies, each set once: the verdict is remembered under
 * the SHA-256 of the set until its policy expires, and a bad signature for
 * {@link #FORGED_REMEMBERED}. Simultaneous requests with one set share one verification.
 * Only sets that are complete, current and of a known key get that far; all others cost a
 * few microseconds, and leave nothing behind.
 */
final class CookieVerifier {

	/** How long it is remembered that a signature is bad. */
	static final Duration FORGED_REMEMBERED = Duration.ofSeconds(10);

	/** What a browser takes for one cookie (RFC 6265 section 6.1). */
	private static final int MAX_CHARACTERS = 4096;

	private static final String SHA256 = "SHA256";

	private final ViewerKeys keys;

	private final Clock clock;

	private final Executor executor;

	private final AsyncCache<ByteBuffer, CookieVerdict> verdicts;

	private final LongAdder valid = new LongAdder();

	private final LongAdder forged = new LongAdder();

	private final LongAdder rejected = new LongAdder();

	/**
	 * @param executor verifies; a bounded one, which refuses what it cannot queue
	 * @param maxRemembered how many verdicts are remembered
	 */
	CookieVerifier(ViewerKeys keys, Clock clock, Executor executor, long maxRemembered) {
		this.keys = keys;
		this.clock = clock;
		this.executor = executor;
		this.verdicts = Caffeine.newBuilder()
			.maximumSize(maxRemembered)
			// its maintenance is cheaper than waking a thread for it
			.executor(Runnable::run)
			.expireAfter(Expiry.<ByteBuffer, CookieVerdict>creating((digest, verdict) -> rest(verdict)))
			.buildAsync();
	}

	/**
	 * Verifies cookies. The time of a policy is checked only if it is not remembered:
	 * that is the caller's.
	 * @return the policy that they carry; fails with {@link InvalidCookiesException}, or
	 * with {@link RejectedExecutionException} while too many others are being verified
	 */
	Mono<CookiePolicy> verify(SignedCookies cookies) {
		return Mono.defer(() -> {
			ByteBuffer digest = cookies.digest();
			CompletableFuture<CookieVerdict> known = this.verdicts.getIfPresent(digest);
			return Mono.fromFuture((known != null) ? known : verification(digest, Claim.of(cookies, this.keys, now())),
					true);
		}).map(CookieVerifier::policy);
	}

	private CompletableFuture<CookieVerdict> verification(ByteBuffer digest, Claim claim) {
		try {
			return this.verdicts.get(digest,
					(any, executor) -> CompletableFuture.supplyAsync(() -> verdict(claim), this.executor));
		}
		catch (RejectedExecutionException ex) {
			this.rejected.increment();
			throw ex;
		}
	}

	private CookieVerdict verdict(Claim claim) {
		boolean isValid = claim.isTrue();
		(isValid ? this.valid : this.forged).increment();
		return isValid ? new CookieVerdict.Valid(claim.policy) : new CookieVerdict.Forged();
	}

	/** The policy of cookies that were verified before, or null; never waits. */
	@Nullable CookiePolicy recall(SignedCookies cookies) {
		CompletableFuture<CookieVerdict> known = this.verdicts.getIfPresent(cookies.digest());
		return (known != null && known.state() == Future.State.SUCCESS
				&& known.resultNow() instanceof CookieVerdict.Valid verified) ? verified.policy() : null;
	}

	private static CookiePolicy policy(CookieVerdict verdict) {
		return switch (verdict) {
			case CookieVerdict.Valid verified -> verified.policy();
			case CookieVerdict.Forged forged -> throw new InvalidCookiesException("their signature is bad");
		};
	}

	private Duration rest(CookieVerdict verdict) {
		return switch (verdict) {
			case CookieVerdict.Valid verified -> Duration.between(now(), verified.policy().expires());
			case CookieVerdict.Forged forged -> FORGED_REMEMBERED;
		};
	}

	private Instant now() {
		return this.clock.instant();
	}

	/** How many sets have been verified and found good. */
	long valid() {
		return this.valid.sum();
	}

	/** How many sets have been verified and found forged. */
	long forged() {
		return this.forged.sum();
	}

	/** How many sets could not be verified, since too many others were. */
	long rejected() {
		return this.rejected.sum();
	}

	/** How many verdicts are remembered at the moment. */
	long remembered() {
		return this.verdicts.synchronous().estimatedSize();
	}

	/**
	 * What cookies say, before their signature is verified.
	 */
	private static final class Claim {

		private final CookiePolicy policy;

		private final byte[] signed;

		private final byte[] signature;

		private final ViewerKey key;

		private Claim(byte[] signed, byte[] signature, ViewerKey key) {
			this.policy = CookiePolicy.parse(signed);
			this.signed = signed;
			this.signature = signature;
			this.key = key;
		}

		/**
		 * Makes all checks that cost little.
		 * @throws InvalidCookiesException if one of them fails
		 */
		static Claim of(SignedCookies cookies, ViewerKeys keys, Instant now) {
			String policy = present(cookies.policy());
			String signature = present(cookies.signature());
			ViewerKey key = keys.find(present(cookies.keyId()));
			if (key == null) {
				throw new InvalidCookiesException("their key is unknown");
			}
			if (!SHA256.equals(cookies.hashAlgorithm())) {
				throw new InvalidCookiesException("CloudFront-Hash-Algorithm is not SHA256");
			}
			Claim claim = new Claim(CookieCoding.decode(policy), CookieCoding.decode(signature), key);
			claim.policy.requireCurrent(now);
			return claim;
		}

		private static String present(@Nullable String value) {
			if (value == null) {
				throw new InvalidCookiesException("one of the set is missing");
			}
			if (value.length() > MAX_CHARACTERS) {
				throw new InvalidCookiesException("one of them is too long");
			}
			return value;
		}

		boolean isTrue() {
			return this.key.verifies(this.signed, this.signature);
		}

	}

}
