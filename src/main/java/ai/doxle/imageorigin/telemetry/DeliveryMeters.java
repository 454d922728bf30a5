package ai.doxle.imageorigin.telemetry;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.BaseUnits;

import ai.doxle.imageorigin.delivery.DeliveryObserver;
import ai.doxle.imageorigin.delivery.Trail;
import ai.doxle.imageorigin.delivery.Trail.Place;
import ai.doxle.imageorigin.delivery.Trail.Word;

/**
 * Counts what readers get, and from where.
 */
final class DeliveryMeters implements DeliveryObserver {

	private final MeterRegistry registry;

	private final Map<Tier, TierMeters> tiers = new EnumMap<>(Tier.class);

	private final Counter failures;

	private final Counter followers;

	DeliveryMeters(MeterRegistry registry) {
		this.registry = registry;
		for (Tier tier : Tier.values()) {
			this.tiers.put(tier,
					new TierMeters(requests(tag(tier), "found"), requests(tag(tier), "absent"), bytes(tier)));
		}
		this.failures = requests("none", "failed");
		this.followers = Counter.builder("image.origin.followers")
			.description("Readers that joined a load under way")
			.register(registry);
		loads(Place.STORE, true);
		loads(Place.REGION, true);
	}

	@Override
	public void answered(Trail trail, boolean present, long count) {
		TierMeters meters = Objects.requireNonNull(this.tiers.get(Tier.of(trail)));
		(present ? meters.found() : meters.absent()).increment();
		meters.bytes().increment((double) count);
	}

	@Override
	public void failed() {
		this.failures.increment();
	}

	@Override
	public void followed() {
		this.followers.increment();
	}

	@Override
	public void loaded(Place place, boolean complete, Duration time, long count) {
		loads(place, complete).record(time);
	}

	private Counter requests(String tier, String result) {
		return Counter.builder("image.origin.requests")
			.description("Readers' requests, by the tier that had the answer")
			.tag("tier", tier)
			.tag("result", result)
			.register(this.registry);
	}

	private Counter bytes(Tier tier) {
		return Counter.builder("image.origin.bytes")
			.description("Bytes that readers were answered with, by the tier that had the image")
			.baseUnit(BaseUnits.BYTES)
			.tag("tier", tag(tier))
			.register(this.registry);
	}

	private Timer loads(Place place, boolean complete) {
		return Latencies.timer("image.origin.loads", "How long the bytes of an image took to come into memory")
			.tag("source", (place == Place.REGION) ? tag(Tier.REGIONAL) : tag(Tier.STORE))
			.tag("outcome", complete ? "complete" : "broken")
			.register(this.registry);
	}

	private static String tag(Tier tier) {
		return tier.name().toLowerCase(Locale.ROOT);
	}

	private record TierMeters(Counter found, Counter absent, Counter bytes) {

	}

	/** Who had the answer. */
	private enum Tier {

		/** This instance's memory. */
		MEMORY,
		/** A load that was under way already. */
		LOAD,
		/** The region. */
		REGIONAL,
		/** The store. */
		STORE;

		/** The one nearest to the store that had it; nobody else asked the store. */
		static Tier of(Trail trail) {
			for (Trail.Stop stop : trail.stops()) {
				if (stop.word() == Word.HIT || stop.word() == Word.COLLAPSED) {
					return of(stop);
				}
			}
			return STORE;
		}

		private static Tier of(Trail.Stop stop) {
			if (stop.word() == Word.COLLAPSED) {
				return LOAD;
			}
			return switch (stop.place()) {
				case MEMORY -> MEMORY;
				case REGION -> REGIONAL;
				case STORE -> STORE;
			};
		}

	}

}
