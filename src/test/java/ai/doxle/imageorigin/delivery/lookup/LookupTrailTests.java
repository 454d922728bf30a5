package ai.doxle.imageorigin.delivery.lookup;

import java.time.Duration;

import org.junit.jupiter.api.Test;

import ai.doxle.imageorigin.delivery.lookup.LookupTrail.Outcome;
import ai.doxle.imageorigin.delivery.lookup.LookupTrail.Step;
import ai.doxle.imageorigin.delivery.lookup.LookupTrail.Tier;

import static org.assertj.core.api.Assertions.assertThat;

class LookupTrailTests {

	private static final LookupTrail HEAD = LookupTrail.EMPTY.then(Tier.STORE, Outcome.HIT, Duration.ofMillis(20))
		.then(Tier.MEMORY, Outcome.MISS, Duration.ofMillis(1));

	@Test
	void addsTheTimesOfTheWayBefore() {
		LookupTrail body = LookupTrail.EMPTY.then(Tier.STORE, Outcome.HIT, Duration.ofMillis(30))
			.then(Tier.MEMORY, Outcome.STORED, Duration.ofMillis(2));
		assertThat(body.following(HEAD).steps()).containsExactly(
				new Step(Tier.STORE, Outcome.HIT, Duration.ofMillis(50)),
				new Step(Tier.MEMORY, Outcome.STORED, Duration.ofMillis(3)));
	}

	@Test
	void keepsPlacesOfTheWayBefore() {
		LookupTrail body = LookupTrail.EMPTY.then(Tier.MEMORY, Outcome.HIT, Duration.ZERO);
		assertThat(body.following(HEAD).steps()).containsExactly(
				new Step(Tier.STORE, Outcome.HIT, Duration.ofMillis(20)),
				new Step(Tier.MEMORY, Outcome.HIT, Duration.ofMillis(1)));
	}

	@Test
	void keepsTheOrderOfPlaces() {
		LookupTrail body = LookupTrail.EMPTY.then(Tier.REGION, Outcome.HIT, Duration.ofMillis(5));
		assertThat(body.following(HEAD).steps()).extracting(Step::tier)
			.containsExactly(Tier.STORE, Tier.REGION, Tier.MEMORY);
	}

	@Test
	void isItselfBehindNoOther() {
		assertThat(HEAD.following(LookupTrail.EMPTY)).isEqualTo(HEAD);
	}

}
