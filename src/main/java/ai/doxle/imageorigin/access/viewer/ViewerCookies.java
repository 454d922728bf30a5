package ai.doxle.imageorigin.access.viewer;

import java.time.Clock;
import java.time.Instant;

import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.access.viewer.key.ViewerKeys;
import ai.doxle.imageorigin.image.ImageKey;

/**
 * Decides as CloudFront does whether a viewer's signed cookies allow an image. The only
 * place that does: image requests and the caches that are emulated edges ask it alike.
 */
public final class ViewerCookies {

	private static final ViewerDecision ALLOWED = new ViewerDecision.Allowed();

	private static final ViewerDecision OTHER_PATH = new ViewerDecision.OtherPath();

	private final boolean possible;

	private final CookieVerifier verifier;

	private final ViewerAddress address;

	private final Clock clock;

	ViewerCookies(ViewerKeys keys, CookieVerifier verifier, ViewerAddress address, Clock clock) {
		this.possible = !keys.isEmpty();
		this.verifier = verifier;
		this.address = address;
		this.clock = clock;
	}

	/** Whether there are keys to verify cookies with; if not, they are not looked at. */
	public boolean arePossible() {
		return this.possible;
	}

	/** The cookies of a request, or null if it has none that matter. */
	public @Nullable SignedCookies in(HttpHeaders headers) {
		return this.possible ? SignedCookies.in(headers) : null;
	}

	/**
	 * Decides whether cookies allow an image, verifying them first if that was not done
	 * before.
	 * @param base scheme and host as the viewer sees them
	 * @return the decision; fails with
	 * {@link java.util.concurrent.RejectedExecutionException} while too many other
	 * cookies are being verified
	 */
	public Mono<ViewerDecision> decide(SignedCookies cookies, @Nullable String base, ImageKey key) {
		return this.verifier.verify(cookies)
			.map((policy) -> decide(policy, base, key))
			.onErrorResume(InvalidCookiesException.class,
					(invalid) -> Mono.just(new ViewerDecision.Invalid(String.valueOf(invalid.getMessage()))));
	}

	/**
	 * Whether cookies that were verified before allow an image; never waits. A caller
	 * that gets a no asks {@link #decide} for the reason.
	 */
	public boolean allowAtOnce(SignedCookies cookies, @Nullable String base, ImageKey key) {
		CookiePolicy policy = this.verifier.recall(cookies);
		return policy != null && isCurrent(policy) && base != null
				&& policy.resource().matches(this.address.image(base, key));
	}

	/** How many sets of cookies have been verified and found good. */
	public long valid() {
		return this.verifier.valid();
	}

	/** How many sets of cookies have been verified and found forged. */
	public long forged() {
		return this.verifier.forged();
	}

	/** How many sets could not be verified, since too many others were waiting. */
	public long rejected() {
		return this.verifier.rejected();
	}

	private boolean isCurrent(CookiePolicy policy) {
		Instant now = this.clock.instant();
		return now.isBefore(policy.expires()) && now.isAfter(policy.starts());
	}

	private ViewerDecision decide(CookiePolicy policy, @Nullable String base, ImageKey key) {
		policy.requireCurrent(this.clock.instant());
		if (base != null && policy.resource().matches(this.address.image(base, key))) {
			return ALLOWED;
		}
		if (base == null || !policy.resource().matchesSomeBeginningWith(base + '/')) {
			throw new InvalidCookiesException("they are for another host");
		}
		return OTHER_PATH;
	}

}
