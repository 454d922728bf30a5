package ai.doxle.imageorigin.telemetry;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;

import ai.doxle.imageorigin.delivery.lookup.LookupTrail;
import ai.doxle.imageorigin.delivery.lookup.LookupTrail.Outcome;
import ai.doxle.imageorigin.delivery.lookup.LookupTrail.Tier;

import static org.assertj.core.api.Assertions.assertThat;

class DeliveryMetersTests {

	private static final Duration TIME = Duration.ofMillis(3);

	private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

	private final DeliveryMeters meters = new DeliveryMeters(this.registry);

	@Test
	void countsForTheTierThatHadTheAnswer() {
		answered("memory", stop(Tier.MEMORY, Outcome.HIT));
		answered("load", stop(Tier.MEMORY, Outcome.COLLAPSED));
		answered("load", stop(Tier.REGION, Outcome.COLLAPSED), stop(Tier.MEMORY, Outcome.STORED));
		answered("regional", stop(Tier.REGION, Outcome.HIT), stop(Tier.MEMORY, Outcome.STORED));
		answered("store", stop(Tier.STORE, Outcome.HIT), stop(Tier.REGION, Outcome.STORED),
				stop(Tier.MEMORY, Outcome.MISS));
		answered("store", stop(Tier.STORE, Outcome.HIT), stop(Tier.REGION, Outcome.UNAVAILABLE));
		answered("store");
	}

	@Test
	void countsAbsencesForWhoAskedTheStore() {
		this.meters.answered(
				new LookupTrail(List.of(stop(Tier.REGION, Outcome.STORED), stop(Tier.MEMORY, Outcome.STORED))), false,
				0);
		assertThat(requests("store", "absent")).isEqualTo(1);
	}

	@Test
	void countsFailuresFollowersAndLoads() {
		this.meters.failed();
		this.meters.followed();
		this.meters.loaded(Tier.REGION, false, TIME, 10);
		assertThat(requests("none", "failed")).isEqualTo(1);
		assertThat(this.registry.get("image.origin.followers").counter().count()).isEqualTo(1);
		assertThat(this.registry.get("image.origin.loads")
			.tags("source", "regional", "outcome", "broken")
			.timer()
			.totalTime(TimeUnit.MILLISECONDS)).isEqualTo(3);
	}

	private void answered(String tier, LookupTrail.Step... steps) {
		double requests = requests(tier, "found");
		double bytes = bytes(tier);
		this.meters.answered(new LookupTrail(Arrays.asList(steps)), true, 100);
		assertThat(requests(tier, "found")).isEqualTo(requests + 1);
		assertThat(bytes(tier)).isEqualTo(bytes + 100);
	}

	private double requests(String tier, String result) {
		return this.registry.get("image.origin.requests").tags("tier", tier, "result", result).counter().count();
	}

	private double bytes(String tier) {
		return this.registry.get("image.origin.bytes").tag("tier", tier).counter().count();
	}

	private static LookupTrail.Step stop(Tier place, Outcome word) {
		return new LookupTrail.Step(place, word, TIME);
	}

}
