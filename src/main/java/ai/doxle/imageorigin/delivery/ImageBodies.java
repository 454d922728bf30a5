package ai.doxle.imageorigin.delivery;

import java.time.Duration;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBuffer;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.cache.CachedImage;
import ai.doxle.imageorigin.cache.EvictedImageException;
import ai.doxle.imageorigin.image.ByteSpan;
import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.store.StoredImage;

/**
 * Opens bodies: from memory or from a load, which is joined or started; what no tier
 * takes comes from the store, for each reader apart.
 */
final class ImageBodies {

	private final JudgedStore store;

	private final Tiers tiers;

	private final ImageFlights flights;

	ImageBodies(JudgedStore store, Tiers tiers, ImageFlights flights) {
		this.store = store;
		this.tiers = tiers;
		this.flights = flights;
	}

	/** Opens a whole image. */
	Mono<Finding<DeliveredImage>> open(ImageKey key) {
		CachedImage held = this.tiers.find(key);
		if (held != null) {
			return Mono.just(whole(key, held, this.tiers.hit()));
		}
		Finding<DeliveredImage> known = this.tiers.knownRefusal(key);
		if (known != null) {
			return Mono.just(known);
		}
		if (this.tiers.knowsLarge(key)) {
			return fromStore(key, this.store.open(key), Trail.EMPTY);
		}
		return this.flights.board(key).flatMap((passenger) -> open(key, passenger));
	}

	private Mono<Finding<DeliveredImage>> open(ImageKey key, Passenger passenger) {
		Trail trail = passenger.trail();
		return switch (passenger.boarding()) {
			case Boarding.Absent absent -> Mono.just(new Finding.Absent<>(trail));
			case Boarding.NotAnImage denied -> Mono.just(new Finding.NotAnImage<>(trail));
			case Boarding.Gathering gathering -> Mono.just(whole(key, gathering.image(), trail));
			case Boarding.Landed landed -> Mono.just(whole(key, landed.image(), trail));
			case Boarding.PassingThrough passing ->
				passThrough(key, passenger, passenger.isFirst() ? passing.take() : null);
		};
	}

	/** Who started the load goes on with what it opened, if there is a turn for that. */
	private Mono<Finding<DeliveredImage>> passThrough(ImageKey key, Passenger passenger, @Nullable StoredImage opened) {
		Mono<Finding<DeliveredImage>> own = fromStore(key, this.store.open(key), Trail.EMPTY);
		if (opened == null) {
			return own;
		}
		return opened.pacing()
			.thenReturn(found(opened, passenger.trail()))
			.onErrorResume(ImageFailure.Busy.class, (refusal) -> own.doFirst(() -> giveBack(passenger, opened)));
	}

	private static void giveBack(Passenger passenger, StoredImage opened) {
		opened.abandon();
		passenger.flight().scope().dispose();
	}

	/**
	 * Opens some bytes of one version.
	 * @param trail where the head was found
	 */
	Mono<Finding<DeliveredImage>> open(ImageKey key, ImageHead head, ByteSpan span, Trail trail) {
		CachedImage held = this.tiers.find(key);
		if (held != null) {
			return sameVersion(key, held, head, span, this.tiers.hit().following(trail));
		}
		if (!this.tiers.hasRoom(head.length())) {
			return fromStore(key, this.store.open(key, head, span), trail);
		}
		return this.flights.board(key).flatMap((passenger) -> open(key, passenger, head, span, trail));
	}

	private Mono<Finding<DeliveredImage>> open(ImageKey key, Passenger passenger, ImageHead head, ByteSpan span,
			Trail before) {
		Trail trail = passenger.trail().following(before);
		return switch (passenger.boarding()) {
			case Boarding.Absent absent -> Mono.just(new Finding.Absent<>(trail));
			case Boarding.NotAnImage denied -> Mono.just(new Finding.NotAnImage<>(trail));
			case Boarding.Gathering gathering -> sameVersion(key, gathering.image(), head, span, trail);
			case Boarding.Landed landed -> sameVersion(key, landed.image(), head, span, trail);
			case Boarding.PassingThrough passing -> {
				Mono<Finding<DeliveredImage>> own = fromStore(key, this.store.open(key, head, span), before);
				yield passenger.isFirst() ? own.doFirst(passenger.flight().scope()::dispose) : own;
			}
		};
	}

	/** What no tier takes, for one reader. */
	private Mono<Finding<DeliveredImage>> fromStore(ImageKey key, Mono<StoredImage> stored, Trail before) {
		return Mono.defer(() -> {
			int purges = this.tiers.purges();
			long begun = System.nanoTime();
			Supplier<Trail> trail = () -> this.tiers.fromStore(Duration.ofNanos(System.nanoTime() - begun))
				.following(before);
			return stored.doOnNext((image) -> this.tiers.seen(key, image.head()))
				.map((image) -> found(image, trail.get()))
				.switchIfEmpty(Mono.fromSupplier(() -> new Finding.Absent<>(trail.get())))
				.onErrorResume(ImageFailure.NotAnImage.class, (denial) -> Mono
					.fromSupplier(() -> new Finding.NotAnImage<>(this.tiers.denied(key, purges, trail.get()))));
		});
	}

	private static Finding<DeliveredImage> found(StoredImage image, Trail trail) {
		return new Finding.Found<>(new DeliveredImage(image.head(), image.body()), trail);
	}

	private Finding<DeliveredImage> whole(ImageKey key, CachedImage image, Trail trail) {
		return new Finding.Found<>(delivered(key, image, ByteSpan.whole(image.head().length())), trail);
	}

	private Mono<Finding<DeliveredImage>> sameVersion(ImageKey key, CachedImage image, ImageHead head, ByteSpan span,
			Trail trail) {
		return image.head().etag().equals(head.etag())
				? Mono.just(new Finding.Found<>(delivered(key, image, span), trail))
				: Mono.error(new ImageFailure.Changed(key + " is not " + head.etag() + " any more"));
	}

	/**
	 * Where the memory is needed before its reader is at the end, the store has the rest.
	 */
	private DeliveredImage delivered(ImageKey key, CachedImage image, ByteSpan span) {
		Flux<DataBuffer> body = image.bytes()
			.read(span)
			.onErrorResume(EvictedImageException.class,
					(evicted) -> rest(key, image.head(), new ByteSpan(evicted.position(), span.last())));
		return new DeliveredImage(image.head(), body);
	}

	private Flux<DataBuffer> rest(ImageKey key, ImageHead head, ByteSpan rest) {
		return rest.isEmpty() ? Flux.empty() : this.store.bytes(key, head, rest);
	}

}
