package ai.doxle.imageorigin.telemetry;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;

import ai.doxle.imageorigin.delivery.Trail;
import ai.doxle.imageorigin.delivery.Trail.Place;
import ai.doxle.imageorigin.delivery.Trail.Word;

import static org.assertj.core.api.Assertions.assertThat;

class DeliveryMetersTests {

	private static final Duration TIME = Duration.ofMillis(3);

	private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

	private final DeliveryMeters meters = new DeliveryMeters(this.registry);

	@Test
	void countsForTheTierThatHadTheAnswer() {
		answered("memory", stop(Place.MEMORY, Word.HIT));
		answered("load", stop(Place.MEMORY, Word.COLLAPSED));
		answered("load", stop(Place.REGION, Word.COLLAPSED), stop(Place.MEMORY, Word.STORED));
		answered("regional", stop(Place.REGION, Word.HIT), stop(Place.MEMORY, Word.STORED));
		answered("store", stop(Place.STORE, Word.HIT), stop(Place.REGION, Word.STORED), stop(Place.MEMORY, Word.MISS));
		answered("store", stop(Place.STORE, Word.HIT), stop(Place.REGION, Word.UNAVAILABLE));
		answered("store");
	}

	@Test
	void countsAbsencesForWhoAskedTheStore() {
		this.meters.answered(new Trail(List.of(stop(Place.REGION, Word.STORED), stop(Place.MEMORY, Word.STORED))),
				false, 0);
		assertThat(requests("store", "absent")).isEqualTo(1);
	}

	@Test
	void countsFailuresFollowersAndLoads() {
		this.meters.failed();
		this.meters.followed();
		this.meters.loaded(Place.REGION, false, TIME, 10);
		assertThat(requests("none", "failed")).isEqualTo(1);
		assertThat(this.registry.get("image.origin.followers").counter().count()).isEqualTo(1);
		assertThat(this.registry.get("image.origin.loads")
			.tags("source", "regional", "outcome", "broken")
			.timer()
			.totalTime(TimeUnit.MILLISECONDS)).isEqualTo(3);
	}

	private void answered(String tier, Trail.Stop... stops) {
		double requests = requests(tier, "found");
		double bytes = bytes(tier);
		this.meters.answered(new Trail(Arrays.asList(stops)), true, 100);
		assertThat(requests(tier, "found")).isEqualTo(requests + 1);
		assertThat(bytes(tier)).isEqualTo(bytes + 100);
	}

	private double requests(String tier, String result) {
		return this.registry.get("image.origin.requests").tags("tier", tier, "result", result).counter().count();
	}

	private double bytes(String tier) {
		return this.registry.get("image.origin.bytes").tag("tier", tier).counter().count();
	}

	private static Trail.Stop stop(Place place, Word word) {
		return new Trail.Stop(place, word, TIME);
	}

}
