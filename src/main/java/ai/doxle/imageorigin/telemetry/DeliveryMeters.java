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

import ai.doxle.imageorigin.delivery.lookup.DeliveryObserver;
import ai.doxle.imageorigin.delivery.lookup.LookupTrail;
import ai.doxle.imageorigin.delivery.lookup.LookupTrail.Outcome;

/**
 * Counts what readers get, and from where.
 */
final class DeliveryMeters implements DeliveryObserver {

	private final MeterRegistry registry;

	private final Map<Source, SourceMeters> tiers = new EnumMap<>(Source.class);

	private final Counter failures;

	private final Counter followers;

	DeliveryMeters(MeterRegistry registry) {
		this.registry = registry;
		for (Source tier : Source.values()) {
			this.tiers.put(tier,
					new SourceMeters(requests(tag(tier), "found"), requests(tag(tier), "absent"), bytes(tier)));
		}
		this.failures = requests("none", "failed");
		this.followers = Counter.builder("image.origin.followers")
			.description("Readers that joined a load under way")
			.register(registry);
		loads(LookupTrail.Tier.STORE, true);
		loads(LookupTrail.Tier.REGION, true);
	}

	@Override
	public void answered(LookupTrail trail, boolean present, long count) {
		SourceMeters meters = Objects.requireNonNull(this.tiers.get(Source.of(trail)));
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
	public void loaded(LookupTrail.Tier source, boolean complete, Duration time, long count) {
		loads(source, complete).record(time);
	}

	private Counter requests(String tier, String result) {
		return Counter.builder("image.origin.requests")
			.description("Readers' requests, by the tier that had the image")
			.tag("tier", tier)
			.tag("result", result)
			.register(this.registry);
	}

	private Counter bytes(Source tier) {
		return Counter.builder("image.origin.bytes")
			.description("Bytes sent to readers, by the tier that had the image")
			.baseUnit(BaseUnits.BYTES)
			.tag("tier", tag(tier))
			.register(this.registry);
	}

	private Timer loads(LookupTrail.Tier source, boolean complete) {
		return Latencies.timer("image.origin.loads", "How long the bytes of an image took to come into memory")
			.tag("source", (source == LookupTrail.Tier.REGION) ? tag(Source.REGIONAL) : tag(Source.STORE))
			.tag("outcome", complete ? "complete" : "broken")
			.register(this.registry);
	}

	private static String tag(Source tier) {
		return tier.name().toLowerCase(Locale.ROOT);
	}

	private record SourceMeters(Counter found, Counter absent, Counter bytes) {

	}

	/** Where the image, or its absence, was found. */
	private enum Source {

		/** This instance's memory. */
		MEMORY,
		/** A load that was under way already. */
		LOAD,
		/** The region. */
		REGIONAL,
		/** The store. */
		STORE;

		/** The one nearest to the store that had it; no other asked the store. */
		static Source of(LookupTrail trail) {
			for (LookupTrail.Step step : trail.steps()) {
				if (step.outcome() == Outcome.HIT || step.outcome() == Outcome.COLLAPSED) {
					return of(step);
				}
			}
			return STORE;
		}

		private static Source of(LookupTrail.Step step) {
			if (step.outcome() == Outcome.COLLAPSED) {
				return LOAD;
			}
			return switch (step.tier()) {
				case MEMORY -> MEMORY;
				case REGION -> REGIONAL;
				case STORE -> STORE;
			};
		}

	}

}
