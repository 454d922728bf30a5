package ai.doxle.imageorigin.admin;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

import ai.doxle.imageorigin.cache.RegionalAnswer;
import ai.doxle.imageorigin.cache.RegionalPurge;
import ai.doxle.imageorigin.delivery.WarmResult;
import ai.doxle.imageorigin.image.ImageSelection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class ImagePurgeTests {

	private static final Duration TIMEOUT = Duration.ofSeconds(20);

	private static final ImageSelection SELECTION = new ImageSelection.Tagged("project:123");

	private static final RegionalPurge HEARD = new RegionalPurge(7, List.of(), Duration.ZERO);

	private final List<String> steps = new CopyOnWriteArrayList<>();

	private final StubImages images = new StubImages((key) -> Mono.just(WarmResult.CACHED));

	private final CdnInvalidation cdn = (selection) -> step("cdn", Mono.just("I1"));

	@Test
	void forgetsHereInTheRegionHereAgainAndAtTheCdn() {
		StepVerifier.create(purge(Mono.just(HEARD), this.cdn).purge(SELECTION))
			.expectNext(new PurgeResult(2, 7L, List.of(), "I1", null))
			.expectComplete()
			.verify(TIMEOUT);
		assertThat(this.steps).containsExactly("region after 1", "cdn after 2");
	}

	@Test
	void needsNeitherRegionNorCdn() {
		ImagePurge purge = new ImagePurge(this.images, null, CdnInvalidation.NONE, PeerRegions.NONE,
				Schedulers.immediate());
		StepVerifier.create(purge.purge(SELECTION))
			.expectNext(new PurgeResult(2, null, List.of(), null, null))
			.expectComplete()
			.verify(TIMEOUT);
	}

	@Test
	void tellsTheCdnNothingThatTheRegionDoesNotKnow() {
		ImagePurge purge = purge(Mono.error(new IllegalStateException("redis is down")), this.cdn);
		StepVerifier.create(purge.purge(SELECTION)).expectErrorSatisfies((failure) -> {
			assertThat(failure).isInstanceOf(PurgeFailure.RegionUntold.class).hasMessageNotContaining("redis is down");
			assertThat(((PurgeFailure) failure).done()).isEqualTo(new PurgeResult(1, null, List.of(), null, null));
		}).verify(TIMEOUT);
		assertThat(this.steps).containsExactly("region after 1");
	}

	@Test
	void saysWhatHappenedBeforeTheCdnRefused() {
		ImagePurge purge = purge(Mono.just(HEARD), (selection) -> Mono.error(new IllegalStateException("throttled")));
		StepVerifier.create(purge.purge(SELECTION)).expectErrorSatisfies((failure) -> {
			assertThat(failure).isInstanceOf(PurgeFailure.CdnUntold.class).hasMessageNotContaining("throttled");
			assertThat(((PurgeFailure) failure).done()).isEqualTo(new PurgeResult(2, 7L, List.of(), null, null));
		}).verify(TIMEOUT);
	}

	@Test
	void tellsTheCdnAndFailsWhereInstancesHaveNotAcknowledged() {
		RegionalPurge unheard = new RegionalPurge(7, List.of("deaf-1", "deaf-2"), Duration.ofSeconds(2));
		StepVerifier.create(purge(Mono.just(unheard), this.cdn).purge(SELECTION)).expectErrorSatisfies((failure) -> {
			assertThat(failure).isInstanceOf(PurgeFailure.Unacknowledged.class).hasMessageContaining("deaf-1, deaf-2");
			assertThat(((PurgeFailure) failure).done())
				.isEqualTo(new PurgeResult(2, 7L, List.of("deaf-1", "deaf-2"), "I1", null));
		}).verify(TIMEOUT);
		assertThat(this.steps).containsExactly("region after 1", "cdn after 2");
	}

	@Test
	void goesOnWhenItsCallerLeaves() {
		Sinks.One<RegionalPurge> region = Sinks.one();
		purge(region.asMono(), this.cdn).purge(SELECTION).subscribe().dispose();
		region.tryEmitValue(HEARD).orThrow();
		await().untilAsserted(() -> assertThat(this.steps).containsExactly("region after 1", "cdn after 2"));
	}

	private ImagePurge purge(Mono<RegionalPurge> region, CdnInvalidation toCdn) {
		return new ImagePurge(this.images, new StubRegion(new RegionalAnswer.Missing(), step("region", region)), toCdn,
				PeerRegions.NONE, Schedulers.boundedElastic());
	}

	private <T> Mono<T> step(String name, Mono<T> answer) {
		return Mono.defer(() -> {
			this.steps.add(name + " after " + this.images.forgotten.size());
			return answer;
		});
	}

}
