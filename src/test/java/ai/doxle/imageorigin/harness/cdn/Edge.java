package ai.doxle.imageorigin.harness.cdn;

import java.time.Duration;
import java.util.List;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * An edge location. Images have a behaviour with a key group: the viewer's cookies are
 * checked before the cache is looked into, and what is missing is asked of Origin Shield.
 * Everything else is passed to the origin, as to an application on the same host.
 * <p>
 * Unlike CloudFront it sends whole images only, whatever range or precondition is asked
 * for.
 */
final class Edge extends CacheServer {

	private static final Set<String> READS = Set.of("GET", "HEAD");

	private static final List<String> CREDENTIALS = List.of("Authorization", "Cookie");

	private static final List<String> PASSED = List.of("Authorization", "Cookie", "Origin", "Accept", "Content-Type",
			"Access-Control-Request-Method", "Access-Control-Request-Headers");

	private static final String EXPOSED = "ETag, Content-Range, Cache-Status, Server-Timing, X-Cache, X-Shield-Cache, "
			+ "X-Amz-Cf-Pop, Age";

	private final Place place;

	private volatile @Nullable Distribution distribution;

	Edge(Place place) {
		super(place.port());
		this.place = place;
	}

	Place place() {
		return this.place;
	}

	/** Serves by these behaviours from now on. */
	void deploy(Behaviours behaviours) {
		this.distribution = new Distribution(behaviours, new Upstream(behaviours.shield(), this.place.toShield()),
				new Upstream(behaviours.origin(), this.place.toShield()));
	}

	@Override
	CdnResponse respond(CdnRequest request) {
		Distribution deployed = this.distribution;
		if (deployed == null) {
			return CdnResponse.of(503, "text/plain", "Nothing is deployed yet.\n");
		}
		if (!request.path().startsWith(deployed.behaviours().imagePath()) || request.method().equals("OPTIONS")) {
			return pass(request, deployed.application());
		}
		if (!READS.contains(request.method())) {
			return refusal("AccessDenied", "This distribution is not configured to allow the HTTP request method.");
		}
		if (!deployed.behaviours().check().allows(request.path(), request.header("Cookie"))) {
			return refusal("AccessDenied", "Access denied");
		}
		return cors(request, image(request, deployed), deployed.behaviours());
	}

	private CdnResponse image(CdnRequest request, Distribution deployed) {
		long start = System.nanoTime();
		pause(this.place.toViewer());
		CachedResponse kept = cache().get(request.path());
		if (kept != null) {
			return hit(kept).without("X-Shield-Cache")
				.with("X-Cache", word(kept, "Hit"))
				.append("Server-Timing", timing("edge", since(start)));
		}
		CdnRequest whole = new CdnRequest("GET", request.path(), "", request.headers(), new byte[0]);
		CachedResponse fetched = cache().fetch(request.path(),
				(path) -> deployed.shield().send(whole, path, CREDENTIALS));
		return CdnResponse.of(fetched)
			.without(WAITED)
			.with("X-Cache", word(fetched, "Miss"))
			.append("Server-Timing", timing("shield", fetched.elapsed().minus(waited(fetched))))
			.append("Server-Timing", timing("edge", since(start).minus(fetched.elapsed())));
	}

	private static CdnResponse pass(CdnRequest request, Upstream application) {
		return CdnResponse.of(application.send(request, request.path() + request.query(), PASSED));
	}

	/** What the response headers policy of the distribution does. */
	private CdnResponse cors(CdnRequest request, CdnResponse response, Behaviours behaviours) {
		String origin = request.header("Origin");
		response.without("Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Cache-Tag")
			.with("Vary", "Origin")
			.with("Timing-Allow-Origin", String.join(", ", behaviours.allowedOrigins()))
			.with("X-Amz-Cf-Pop", this.place.pop());
		if (origin != null && behaviours.allowedOrigins().contains(origin)) {
			response.with("Access-Control-Allow-Origin", origin)
				.with("Access-Control-Allow-Credentials", "true")
				.with("Access-Control-Expose-Headers", EXPOSED);
		}
		return response;
	}

	/** As CloudFront itself refuses: without CORS headers. */
	private CdnResponse refusal(String code, String message) {
		return CdnResponse
			.of(403, "text/xml",
					"<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>" + code + "</Code><Message>" + message
							+ "</Message></Error>")
			.with("X-Cache", "Error from cloudfront")
			.with("X-Amz-Cf-Pop", this.place.pop());
	}

	private static String word(CachedResponse response, String word) {
		return ((response.status() < 400) ? word : "Error") + " from cloudfront";
	}

	private static Duration since(long start) {
		return Duration.ofNanos(System.nanoTime() - start);
	}

	@Override
	void close() {
		super.close();
		Distribution deployed = this.distribution;
		if (deployed != null) {
			deployed.shield().close();
			deployed.application().close();
		}
	}

	private record Distribution(Behaviours behaviours, Upstream shield, Upstream application) {

	}

}
