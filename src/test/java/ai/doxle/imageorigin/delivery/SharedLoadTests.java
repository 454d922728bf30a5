package ai.doxle.imageorigin.delivery;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

import ai.doxle.imageorigin.delivery.load.ImageLoader;
import ai.doxle.imageorigin.delivery.load.LoadStart;
import ai.doxle.imageorigin.delivery.load.SharedLoad;
import ai.doxle.imageorigin.delivery.lookup.DeliveryObserver;
import ai.doxle.imageorigin.delivery.lookup.LookupResult;
import ai.doxle.imageorigin.delivery.lookup.LookupTrail;
import ai.doxle.imageorigin.delivery.lookup.LookupTrail.Outcome;
import ai.doxle.imageorigin.image.ByteSpan;
import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageSelection;
import ai.doxle.imageorigin.offheap.CachedImage;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * One load for all, in memory.
 */
class SharedLoadTests extends OneImageDelivery {

	@Test
	void loadsOnceForManyReaders() {
		List<Mono<byte[]>> readers = new ArrayList<>();
		for (int i = 0; i < 50; i++) {
			Mono<byte[]> reader = this.delivery.open(KEY)
				.map(OneImageDelivery::bytesLater)
				.flatMap((bytes) -> bytes)
				.cache();
			reader.subscribe();
			readers.add(reader);
		}
		this.store.emit(0, 1000);
		this.store.emit(1000, IMAGE.length);
		this.store.complete();
		assertThat(Flux.concat(readers).collectList().block(TIMEOUT)).hasSize(50)
			.allMatch((bytes) -> Arrays.equals(bytes, IMAGE));
		assertThat(this.store.opened).hasValue(1);
	}

	@Test
	void asksForTheHeadOnceForMany() {
		Sinks.Empty<Void> gate = Sinks.empty();
		this.store.beforeHead = gate.asMono();
		List<Mono<LookupResult<ImageHead>>> readers = new ArrayList<>();
		for (int i = 0; i < 60; i++) {
			Mono<LookupResult<ImageHead>> reader = this.delivery.head(KEY).cache();
			reader.subscribe();
			readers.add(reader);
		}
		gate.tryEmitEmpty();
		assertThat(Flux.concat(readers).collectList().block(TIMEOUT)).hasSize(60)
			.allMatch((found) -> found.value().length() == IMAGE.length);
		assertThat(this.store.heads).hasValue(1);
		assertThat(this.store.opened).hasValue(0);
	}

	@Test
	void finishesTheLoadWhenAllReadersHaveLeft() {
		Disposable reader = this.delivery.open(KEY).subscribe();
		reader.dispose();
		this.store.emit(0, IMAGE.length);
		this.store.complete();
		assertThat(this.cache.find(KEY)).isNotNull();
	}

	@Test
	void startsTheLoadOfAReaderWhoLeavesAtOnce() {
		this.delivery.open(KEY).subscribe(new BaseSubscriber<>() {
			@Override
			protected void hookOnSubscribe(Subscription subscription) {
				subscription.cancel();
			}
		});
		Mono<byte[]> next = this.delivery.open(KEY).flatMap(OneImageDelivery::bytesLater).cache();
		next.subscribe();
		this.store.emit(0, IMAGE.length);
		this.store.complete();
		assertThat(next.block(TIMEOUT)).isEqualTo(IMAGE);
		assertThat(this.store.opened).hasValue(1);
	}

	@Test
	void doesNotRepeatALoadThatEndedWhileItsReaderLookedElsewhere() {
		this.store.completeAtOnce = true;
		assertThat(read()).isEqualTo(IMAGE);
		LoadStart again = new ImageLoader(this.checked, this.tiers, DeliveryObserver.NONE)
			.load(new SharedLoad(KEY, (load) -> {
			}))
			.block(TIMEOUT);
		assertThat(again).isInstanceOf(LoadStart.AlreadyCached.class);
		assertThat(this.store.opened).hasValue(1);
	}

	@Test
	void failsTheFollowersOnceAndForgets() {
		Mono<LookupResult<DeliveredImage>> first = this.delivery.open(KEY).cache();
		Mono<LookupResult<DeliveredImage>> second = this.delivery.open(KEY).cache();
		first.subscribe((found) -> {
		}, (failure) -> {
		});
		second.subscribe((found) -> {
		}, (failure) -> {
		});
		this.store.fail();
		StepVerifier.create(first).expectError(ImageFailure.Unavailable.class).verify(TIMEOUT);
		StepVerifier.create(second).expectError(ImageFailure.Unavailable.class).verify(TIMEOUT);
		this.store.completeAtOnce = true;
		assertThat(read()).isEqualTo(IMAGE);
		assertThat(this.store.opened).hasValue(2);
	}

	@Test
	void breaksBodiesOffWhenTheLoadBreaks() {
		Mono<byte[]> reader = this.delivery.open(KEY).flatMap(OneImageDelivery::bytesLater).cache();
		reader.subscribe((bytes) -> {
		}, (failure) -> {
		});
		this.store.emit(0, 5000);
		this.store.fail();
		StepVerifier.create(reader).expectError(ImageFailure.Unavailable.class).verify(TIMEOUT);
		assertThat(this.cache.find(KEY)).isNull();
	}

	@Test
	void breaksBodiesOffThatEndShort() {
		Mono<byte[]> reader = this.delivery.open(KEY).flatMap(OneImageDelivery::bytesLater).cache();
		reader.subscribe((bytes) -> {
		}, (failure) -> {
		});
		this.store.emit(0, 5000);
		this.store.complete();
		StepVerifier.create(reader).expectError(ImageFailure.Unavailable.class).verify(TIMEOUT);
		assertThat(this.cache.find(KEY)).isNull();
	}

	@Test
	void keepsWhatWasPurgedMeanwhileOutOfMemory() {
		Mono<byte[]> reader = this.delivery.open(KEY).flatMap(OneImageDelivery::bytesLater).cache();
		reader.subscribe();
		this.store.emit(0, 5000);
		this.delivery.forget(new ImageSelection.Tagged("project:1"));
		this.store.emit(5000, IMAGE.length);
		this.store.complete();
		assertThat(reader.block(TIMEOUT)).isEqualTo(IMAGE);
		assertThat(this.cache.find(KEY)).isNull();
	}

	@Test
	void startsAnewAfterAPurge() {
		this.delivery.open(KEY).flatMap(OneImageDelivery::bytesLater).subscribe();
		ControlledStore.Body old = this.store.body;
		this.delivery.forget(new ImageSelection.OneImage(KEY));
		this.store.completeAtOnce = true;
		assertThat(read()).isEqualTo(IMAGE);
		assertThat(this.store.opened).hasValue(2);
		old.emit(0, IMAGE.length);
		old.complete();
	}

	@Test
	void leavesTheNewImageInPlaceWhenAPurgedLoadEnds() {
		this.delivery.open(KEY).flatMap(OneImageDelivery::bytesLater).subscribe();
		ControlledStore.Body old = this.store.body;
		this.delivery.forget(new ImageSelection.OneImage(KEY));
		this.store.completeAtOnce = true;
		read();
		CachedImage kept = this.cache.find(KEY);
		old.emit(0, IMAGE.length);
		old.complete();
		assertThat(this.cache.find(KEY)).isSameAs(kept).isNotNull();
	}

	@Test
	void servesSpansFromALoadUnderWay() {
		Mono<byte[]> whole = this.delivery.open(KEY).flatMap(OneImageDelivery::bytesLater).cache();
		whole.subscribe();
		this.store.emit(0, 5000);
		LookupResult<ImageHead> head = this.delivery.head(KEY).block(TIMEOUT);
		assertThat(head.trail().steps()).singleElement()
			.extracting(LookupTrail.Step::outcome)
			.isEqualTo(Outcome.COLLAPSED);
		assertThat(bytes(this.delivery.open(KEY, head.value(), new ByteSpan(100, 199), head.trail()).block(TIMEOUT)))
			.isEqualTo(Arrays.copyOfRange(IMAGE, 100, 200));
		this.store.emit(5000, IMAGE.length);
		this.store.complete();
		assertThat(whole.block(TIMEOUT)).isEqualTo(IMAGE);
		assertThat(this.store.opened).hasValue(1);
	}

	@Test
	void warmsTheTiers() {
		Mono<WarmResult> warm = this.delivery.warm(KEY).cache();
		warm.subscribe();
		this.store.emit(0, IMAGE.length);
		this.store.complete();
		assertThat(warm.block(TIMEOUT)).isEqualTo(WarmResult.CACHED);
		assertThat(read()).isEqualTo(IMAGE);
		assertThat(this.store.opened).hasValue(1);
	}

}
