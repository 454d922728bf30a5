package ai.doxle.imageorigin.delivery;

import ai.doxle.imageorigin.cache.CachedImage;
import ai.doxle.imageorigin.image.ByteSpan;
import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.store.StoredImage;
import io.netty.util.IllegalReferenceCountException;
import org.springframework.core.io.buffer.DataBuffer;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

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
		if (this.tiers.knowsAbsent(key)) {
			return Mono.just(Finding.absent(this.tiers.hit()));
		}
		return this.flights.board(key).flatMap((passenger) -> open(key, passenger));
	}

	private Mono<Finding<DeliveredImage>> open(ImageKey key, Passenger passenger) {
		return switch (passenger.boarding()) {
			case Boarding.Absent absent -> Mono.just(Finding.absent(passenger.trail()));
			case Boarding.Gathering gathering -> Mono.just(whole(key, gathering.image(), passenger.trail()));
			case Boarding.Landed landed -> Mono.just(whole(key, landed.image(), passenger.trail()));
			case Boarding.PassingThrough passing -> passThrough(key, passing, passenger.trail());
		};
	}

	private Mono<Finding<DeliveredImage>> passThrough(ImageKey key, Boarding.PassingThrough passing, Trail trail) {
		StoredImage opened = passing.take();
		return (opened != null) ? Mono.just(found(opened, trail)) : fromStore(this.store.open(key));
	}

	/** Opens some bytes of one version. */
	Mono<Finding<DeliveredImage>> open(ImageKey key, ImageHead head, ByteSpan span, Trail trail) {
		CachedImage held = this.tiers.find(key);
		if (held != null) {
			return sameVersion(key, held, head, span, this.tiers.hit());
		}
		if (!this.tiers.takes(head.length())) {
			return this.store.open(key, head, span)
				.map((image) -> found(image, trail))
				.switchIfEmpty(Mono.fromSupplier(() -> Finding.absent(trail)));
		}
		return this.flights.board(key).flatMap((passenger) -> switch (passenger.boarding()) {
			case Boarding.Gathering gathering -> sameVersion(key, gathering.image(), head, span, passenger.trail());
			case Boarding.Landed landed -> sameVersion(key, landed.image(), head, span, passenger.trail());
			default -> fromStore(this.store.open(key, head, span));
		});
	}

	/** What no tier takes, for one reader. */
	private Mono<Finding<DeliveredImage>> fromStore(Mono<StoredImage> stored) {
		return stored.timed()
			.map((image) -> found(image.get(), this.tiers.fromStore(image.elapsed())))
			.switchIfEmpty(Mono.fromSupplier(() -> Finding.absent(this.tiers.passed(Trail.EMPTY))));
	}

	private static Finding<DeliveredImage> found(StoredImage image, Trail trail) {
		return new Finding<>(new DeliveredImage(image.head(), image.body()), trail);
	}

	private Finding<DeliveredImage> whole(ImageKey key, CachedImage image, Trail trail) {
		return new Finding<>(delivered(key, image, ByteSpan.whole(image.head().length())), trail);
	}

	private Mono<Finding<DeliveredImage>> sameVersion(ImageKey key, CachedImage image, ImageHead head, ByteSpan span,
			Trail trail) {
		return image.head().etag().equals(head.etag()) ? Mono.just(new Finding<>(delivered(key, image, span), trail))
				: Mono.error(new ImageFailure.Changed(key + " is not " + head.etag() + " any more"));
	}

	/** If the memory is freed before the reader subscribes, the store has the bytes. */
	private DeliveredImage delivered(ImageKey key, CachedImage image, ByteSpan span) {
		Flux<DataBuffer> body = image.bytes()
			.read(span)
			.onErrorResume(IllegalReferenceCountException.class, (freed) -> this.store.bytes(key, image.head(), span));
		return new DeliveredImage(image.head(), body);
	}

}
