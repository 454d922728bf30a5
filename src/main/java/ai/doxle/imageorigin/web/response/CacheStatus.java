package ai.doxle.imageorigin.web.response;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

import ai.doxle.imageorigin.delivery.lookup.LookupTrail;
import ai.doxle.imageorigin.delivery.lookup.LookupTrail.Step;
import ai.doxle.imageorigin.delivery.lookup.LookupTrail.Tier;

/**
 * Tells where a response came from: {@code Cache-Status} (RFC 9211), the tier nearest to
 * S3 first, and {@code Server-Timing}.
 */
public final class CacheStatus {

	/** No tier is on: the store was asked. */
	private static final String FORWARDED = "image-origin; fwd=uri-miss";

	private CacheStatus() {
	}

	/** Adds the report to a response. */
	public static ImageResponse addTo(ImageResponse response, LookupTrail trail) {
		return response.with("Cache-Status", cacheStatus(trail)).with("Server-Timing", serverTiming(trail));
	}

	static String cacheStatus(LookupTrail trail) {
		List<Step> tiers = trail.steps().stream().filter((step) -> step.tier() != Tier.STORE).toList();
		return tiers.isEmpty() ? FORWARDED : tiers.stream().map(CacheStatus::member).collect(Collectors.joining(", "));
	}

	static String serverTiming(LookupTrail trail) {
		return trail.steps()
			.stream()
			.map((step) -> metric(step.tier()) + ";dur=" + millis(step.time()))
			.collect(Collectors.joining(", "));
	}

	private static String member(Step step) {
		String name = (step.tier() == Tier.REGION) ? "image-origin-regional" : "image-origin-memory";
		return name + switch (step.outcome()) {
			case HIT -> "; hit";
			case MISS -> "; fwd=uri-miss";
			case STORED -> "; fwd=uri-miss; stored";
			case COLLAPSED -> "; fwd=uri-miss; collapsed";
			case UNAVAILABLE -> "; fwd=bypass; detail=unavailable";
		};
	}

	private static String metric(Tier tier) {
		return switch (tier) {
			case STORE -> "s3";
			case REGION -> "redis";
			case MEMORY -> "memory";
		};
	}

	private static String millis(Duration time) {
		return time.isZero() ? "0" : String.format(Locale.ROOT, "%.1f", time.toNanos() / 1e6);
	}

}
