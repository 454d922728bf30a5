package ai.doxle.imageorigin.delivery;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import ai.doxle.imageorigin.cache.RegionalAnswer;
import ai.doxle.imageorigin.cache.RegionalCache;
import ai.doxle.imageorigin.cache.RegionalPurge;
import ai.doxle.imageorigin.delivery.load.CacheTiers;
import ai.doxle.imageorigin.delivery.lookup.DeliveryObserver;
import ai.doxle.imageorigin.delivery.lookup.LookupResult;
import ai.doxle.imageorigin.delivery.lookup.LookupTrail;
import ai.doxle.imageorigin.delivery.lookup.LookupTrail.Outcome;
import ai.doxle.imageorigin.delivery.lookup.LookupTrail.Tier;
import ai.doxle.imageorigin.image.ByteSpan;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSelection;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What memory keeps and remembers of an image, and what passes it by.
 */
class DeliveryTiersTests extends OneImageDelivery {

	@Test
	void servesTheNextReaderFromMemory() {
		this.store.completeAtOnce = true;
		assertThat(read()).isEqualTo(IMAGE);
		LookupResult<DeliveredImage> again = this.delivery.open(KEY).block(TIMEOUT);
		assertThat(again.trail().steps()).singleElement().extracting(LookupTrail.Step::outcome).isEqualTo(Outcome.HIT);
		assertThat(bytes(again)).isEqualTo(IMAGE);
		assertThat(this.store.opened).hasValue(1);
	}

	@Test
	void remembersAbsencesUntilTheyArePurged() {
		this.store.absent = true;
		assertThat(this.delivery.open(KEY).block(TIMEOUT).value()).isNull();
		assertThat(this.delivery.head(KEY).block(TIMEOUT).value()).isNull();
		assertThat(this.delivery.open(KEY).block(TIMEOUT).trail().steps()).singleElement()
			.extracting(LookupTrail.Step::outcome)
			.isEqualTo(Outcome.HIT);
		assertThat(this.store.opened).hasValue(1);
		this.delivery.forget(new ImageSelection.Below("projects/1"));
		this.store.absent = false;
		this.store.completeAtOnce = true;
		assertThat(read()).isEqualTo(IMAGE);
	}

	@Test
	void remembersDenialsOfHeadsUntilTheyArePurged() {
		this.store.type = "text/html";
		assertThat(this.delivery.head(KEY).block(TIMEOUT)).isInstanceOf(LookupResult.NotAnImage.class);
		LookupResult<ImageHead> again = this.delivery.head(KEY).block(TIMEOUT);
		assertThat(again).isInstanceOf(LookupResult.NotAnImage.class);
		assertThat(again.trail().steps()).singleElement().extracting(LookupTrail.Step::outcome).isEqualTo(Outcome.HIT);
		assertThat(this.delivery.open(KEY).block(TIMEOUT)).isInstanceOf(LookupResult.NotAnImage.class);
		assertThat(this.store.heads).hasValue(1);
		assertThat(this.store.opened).hasValue(0);
		this.delivery.forget(new ImageSelection.OneImage(KEY));
		this.store.type = "image/gif";
		assertThat(this.delivery.head(KEY).block(TIMEOUT).value()).isNotNull();
	}

	@Test
	void remembersNoDenialOfAHeadThatWasPurgedMeanwhile() {
		Sinks.Empty<Void> gate = Sinks.empty();
		this.store.beforeHead = gate.asMono();
		this.store.type = "text/html";
		Mono<LookupResult<ImageHead>> denied = this.delivery.head(KEY).cache();
		denied.subscribe();
		this.delivery.forget(new ImageSelection.OneImage(KEY));
		gate.tryEmitEmpty();
		assertThat(denied.block(TIMEOUT)).isInstanceOf(LookupResult.NotAnImage.class);
		this.store.type = "image/gif";
		assertThat(this.delivery.head(KEY).block(TIMEOUT).value()).isNotNull();
	}

	@Test
	void remembersDenialsOfBodiesUntilTheyArePurged() {
		this.store.completeAtOnce = true;
		this.store.image = "<!DOCTYPE html>".repeat(200).getBytes(StandardCharsets.US_ASCII);
		assertThat(this.delivery.open(KEY).block(TIMEOUT)).isInstanceOf(LookupResult.NotAnImage.class);
		LookupResult<DeliveredImage> again = this.delivery.open(KEY).block(TIMEOUT);
		assertThat(again).isInstanceOf(LookupResult.NotAnImage.class);
		assertThat(again.trail().steps()).singleElement().extracting(LookupTrail.Step::outcome).isEqualTo(Outcome.HIT);
		assertThat(this.store.opened).hasValue(1);
		this.delivery.forget(new ImageSelection.OneImage(KEY));
		this.store.image = IMAGE;
		assertThat(read()).isEqualTo(IMAGE);
	}

	@Test
	void passesThroughWhatIsTooLarge() {
		this.store.completeAtOnce = true;
		this.store.image = image(300_001);
		assertThat(read()).isEqualTo(this.store.image);
		assertThat(read()).isEqualTo(this.store.image);
		assertThat(this.store.opened).hasValue(2);
		assertThat(this.memory.used()).isZero();
	}

	@Test
	void passesThroughWhenThereIsNoRoom() {
		var room = this.memory.allocate(900_000);
		this.store.completeAtOnce = true;
		assertThat(read()).isEqualTo(IMAGE);
		assertThat(this.cache.find(KEY)).isNull();
		room.release();
	}

	@Test
	void opensOnlyTheBytesOfARangeWhenThereIsNoRoom() {
		var room = this.memory.allocate(900_000);
		this.store.spans = new ArrayList<>();
		ByteSpan span = new ByteSpan(100, 199);
		LookupResult<ImageHead> head = this.delivery.head(KEY).block(TIMEOUT);
		assertThat(bytes(this.delivery.open(KEY, head.value(), span, head.trail()).block(TIMEOUT)))
			.isEqualTo(Arrays.copyOfRange(IMAGE, 100, 200));
		assertThat(this.store.spans).containsExactly(span);
		assertThat(this.store.opened).hasValue(0);
		room.release();
	}

	@Test
	void opensWhatIsKnownToBeLargeWithoutTheRegion() {
		AtomicInteger claims = new AtomicInteger();
		ImageDelivery regional = regional(claims);
		this.store.completeAtOnce = true;
		this.store.image = image(300_001);
		assertThat(bytes(regional.open(KEY).block(TIMEOUT))).isEqualTo(this.store.image);
		assertThat(claims).hasValue(1);
		LookupResult<DeliveredImage> again = regional.open(KEY).block(TIMEOUT);
		assertThat(again.trail().steps()).extracting(LookupTrail.Step::tier).containsExactly(Tier.STORE, Tier.MEMORY);
		assertThat(bytes(again)).isEqualTo(this.store.image);
		assertThat(claims).hasValue(1);
		assertThat(this.store.opened).hasValue(2);
	}

	@Test
	void countsTheTimeOfTheHeadOfARange() {
		this.store.completeAtOnce = true;
		Duration before = Duration.ofHours(1);
		LookupTrail trail = LookupTrail.EMPTY.then(Tier.STORE, Outcome.HIT, before);
		ImageHead head = this.delivery.head(KEY).block(TIMEOUT).value();
		LookupResult<DeliveredImage> range = this.delivery.open(KEY, head, new ByteSpan(100, 199), trail)
			.block(TIMEOUT);
		assertThat(range.trail().steps()).filteredOn((step) -> step.tier() == Tier.STORE)
			.singleElement()
			.satisfies((step) -> assertThat(step.time()).isGreaterThan(before));
		assertThat(bytes(range)).isEqualTo(Arrays.copyOfRange(IMAGE, 100, 200));
	}

	/** A delivery with a region that has nothing, and counts who claims a load of it. */
	private ImageDelivery regional(AtomicInteger claims) {
		CacheTiers regional = new CacheTiers(this.cache, new EmptyRegion(claims), this.memory, Duration.ofSeconds(10));
		return new ImageDelivery(this.checked, regional, DeliveryObserver.NONE);
	}

	private record EmptyRegion(AtomicInteger claims) implements RegionalCache {

		@Override
		public Mono<RegionalAnswer> claim(ImageKey key) {
			return Mono.fromSupplier(() -> {
				this.claims.incrementAndGet();
				return new RegionalAnswer.Missing();
			});
		}

		@Override
		public Mono<RegionalAnswer> look(ImageKey key) {
			return Mono.just(new RegionalAnswer.Missing());
		}

		@Override
		public boolean takes(long length) {
			return false;
		}

		@Override
		public Mono<RegionalPurge> forget(ImageSelection selection) {
			return Mono.just(new RegionalPurge(0, List.of(), Duration.ZERO));
		}

		@Override
		public boolean isReceivingPurges() {
			return true;
		}

	}

}
