package ai.doxle.imageorigin.web;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

import ai.doxle.imageorigin.delivery.Trail;
import ai.doxle.imageorigin.delivery.Trail.Place;
import ai.doxle.imageorigin.delivery.Trail.Stop;

/**
 * Tells where an answer came from: {@code Cache-Status} (RFC 9211), the tier nearest to
 * S3 first, and {@code Server-Timing}.
 */
final class CacheReport {

	/** No tier is on: the store was asked. */
	private static final String FORWARDED = "image-origin; fwd=uri-miss";

	private CacheReport() {
	}

	/** Adds the report to an answer. */
	static Answer addTo(Answer answer, Trail trail) {
		return answer.with("Cache-Status", cacheStatus(trail)).with("Server-Timing", serverTiming(trail));
	}

	static String cacheStatus(Trail trail) {
		List<Stop> tiers = trail.stops().stream().filter((stop) -> stop.place() != Place.STORE).toList();
		return tiers.isEmpty() ? FORWARDED : tiers.stream().map(CacheReport::member).collect(Collectors.joining(", "));
	}

	static String serverTiming(Trail trail) {
		return trail.stops()
			.stream()
			.map((stop) -> metric(stop.place()) + ";dur=" + millis(stop.time()))
			.collect(Collectors.joining(", "));
	}

	private static String member(Stop stop) {
		String name = (stop.place() == Place.REGION) ? "image-origin-regional" : "image-origin-memory";
		return name + switch (stop.word()) {
			case HIT -> "; hit";
			case MISS -> "; fwd=uri-miss";
			case STORED -> "; fwd=uri-miss; stored";
			case COLLAPSED -> "; fwd=uri-miss; collapsed";
			case UNAVAILABLE -> "; fwd=bypass; detail=unavailable";
		};
	}

	private static String metric(Place place) {
		return switch (place) {
			case STORE -> "s3";
			case REGION -> "redis";
			case MEMORY -> "memory";
		};
	}

	private static String millis(Duration time) {
		return time.isZero() ? "0" : String.format(Locale.ROOT, "%.1f", time.toNanos() / 1e6);
	}

}
