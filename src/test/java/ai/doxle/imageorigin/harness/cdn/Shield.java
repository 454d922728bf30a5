package ai.doxle.imageorigin.harness.cdn;

import java.net.URI;
import java.time.Duration;
import java.util.List;

/**
 * Origin Shield: the only one that asks the origin for images, on behalf of all edges.
 * CloudFront would prove itself to the origin by a secret; here the origin also serves
 * viewers directly, so that their credentials are passed on, and it checks them again.
 */
final class Shield extends CacheServer {

	/** Through the front door. */
	private static final Duration TO_ORIGIN = Duration.ofMillis(5);

	private static final List<String> FORWARDED = List.of("Authorization", "Cookie");

	private final Upstream origin;

	/**
	 * @param origin scheme, host and port of the origin
	 */
	Shield(URI origin) {
		super(0);
		this.origin = new Upstream(origin, TO_ORIGIN);
	}

	@Override
	CdnResponse respond(CdnRequest request) {
		CachedResponse kept = cache().get(request.path());
		if (kept != null) {
			return hit(kept).with("X-Shield-Cache", "Hit from shield");
		}
		CachedResponse fetched = cache().fetch(request.path(), (path) -> this.origin.send(request, path, FORWARDED));
		return CdnResponse.of(fetched)
			.with("X-Shield-Cache", "Miss from shield")
			.with(WAITED, Long.toString(fetched.elapsed().minus(TO_ORIGIN).toNanos()));
	}

	@Override
	void close() {
		super.close();
		this.origin.close();
	}

}
