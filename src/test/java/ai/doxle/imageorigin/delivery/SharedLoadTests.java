package ai.doxle.imageorigin.delivery;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.util.unit.DataSize;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

import ai.doxle.imageorigin.cache.NoRegionalCache;
import ai.doxle.imageorigin.cache.RegionalAnswer;
import ai.doxle.imageorigin.cache.RegionalCache;
import ai.doxle.imageorigin.cache.RegionalPurge;
import ai.doxle.imageorigin.cache.memory.MemoryCacheProperties;
import ai.doxle.imageorigin.cache.memory.MemoryImageCache;
import ai.doxle.imageorigin.delivery.load.CacheTiers;
import ai.doxle.imageorigin.delivery.load.ImageLoader;
import ai.doxle.imageorigin.delivery.load.LoadStart;
import ai.doxle.imageorigin.delivery.load.SharedLoad;
import ai.doxle.imageorigin.delivery.lookup.DeliveryObserver;
import ai.doxle.imageorigin.delivery.lookup.LookupResult;
import ai.doxle.imageorigin.delivery.lookup.LookupTrail;
import ai.doxle.imageorigin.delivery.lookup.LookupTrail.Outcome;
import ai.doxle.imageorigin.delivery.lookup.LookupTrail.Tier;
import ai.doxle.imageorigin.delivery.type.ImageTypeProperties;
import ai.doxle.imageorigin.delivery.type.ImageTypes;
import ai.doxle.imageorigin.delivery.type.TypeCheckedStore;
import ai.doxle.imageorigin.image.ByteSpan;
import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSelection;
import ai.doxle.imageorigin.offheap.CachedImage;
import ai.doxle.imageorigin.offheap.ImageMemory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * One load for all, in memory.
 */
class SharedLoadTests {

	private static final Duration TIMEOUT = Duration.ofSeconds(10);

	private static final ImageKey KEY = new ImageKey("projects/1/a.gif");

	private static final byte[] IMAGE = image(200_000);

	private final ControlledStore store = new ControlledStore(IMAGE);

	private final ImageMemory memory = new ImageMemory(1_000_000, 1_000_000, 1_000_000);

	private final MemoryImageCache cache = new MemoryImageCache(
			new MemoryCacheProperties(DataSize.ofBytes(500_000), DataSize.ofBytes(300_000)));

	private final TypeCheckedStore checked = new TypeCheckedStore(this.store,
			new ImageTypes(new ImageTypeProperties(List.of("image/*"), true)));

	private final CacheTiers tiers = new CacheTiers(this.cache, new NoRegionalCache(), this.memory,
			Duration.ofSeconds(10));

	private final ImageDelivery delivery = new ImageDelivery(this.checked, this.tiers, DeliveryObserver.NONE);

	@AfterEach
	void nothingIsLeftInMemory() {
		this.cache.forget(new ImageSelection.Below("projects"));
		assertThat(this.memory.used()).isZero();
		assertThat(this.delivery.loadsUnderWay()).isZero();
	}

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
	void loadsOnceForManyReaders() {
		List<Mono<byte[]>> readers = new ArrayList<>();
		for (int i = 0; i < 50; i++) {
			Mono<byte[]> reader = this.delivery.open(KEY)
				.map(SharedLoadTests::bytesLater)
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
		Mono<byte[]> next = this.delivery.open(KEY).flatMap(SharedLoadTests::bytesLater).cache();
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
		Mono<byte[]> reader = this.delivery.open(KEY).flatMap(SharedLoadTests::bytesLater).cache();
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
		Mono<byte[]> reader = this.delivery.open(KEY).flatMap(SharedLoadTests::bytesLater).cache();
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
		Mono<byte[]> reader = this.delivery.open(KEY).flatMap(SharedLoadTests::bytesLater).cache();
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
		this.delivery.open(KEY).flatMap(SharedLoadTests::bytesLater).subscribe();
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
		this.delivery.open(KEY).flatMap(SharedLoadTests::bytesLater).subscribe();
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
		Mono<byte[]> whole = this.delivery.open(KEY).flatMap(SharedLoadTests::bytesLater).cache();
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

	/** A delivery with a region that has nothing, and counts who claims a load of it. */
	private ImageDelivery regional(AtomicInteger claims) {
		CacheTiers regional = new CacheTiers(this.cache, new EmptyRegion(claims), this.memory, Duration.ofSeconds(10));
		return new ImageDelivery(this.checked, regional, DeliveryObserver.NONE);
	}

	private byte[] read() {
		return bytes(this.delivery.open(KEY).block(TIMEOUT));
	}

	private static byte[] bytes(LookupResult<DeliveredImage> found) {
		return bytesLater(found).block(TIMEOUT);
	}

	private static Mono<byte[]> bytesLater(LookupResult<DeliveredImage> found) {
		return DataBufferUtils.join(found.value().body()).map((joined) -> {
			byte[] bytes = new byte[joined.readableByteCount()];
			joined.read(bytes);
			DataBufferUtils.release(joined);
			return bytes;
		});
	}

	private static byte[] image(int length) {
		byte[] image = new byte[length];
		new Random(length).nextBytes(image);
		System.arraycopy("GIF89a".getBytes(StandardCharsets.US_ASCII), 0, image, 0, 6);
		return image;
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
