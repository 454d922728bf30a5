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

	private final DeliveryObserver observer;

	ImageBodies(JudgedStore store, Tiers tiers, ImageFlights flights, DeliveryObserver observer) {
		this.store = store;
		this.tiers = tiers;
		this.flights = flights;
		this.observer = observer;
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
		return board(key).flatMap((passenger) -> open(key, passenger));
	}

	private Mono<Finding<DeliveredImage>> open(ImageKey key, Passenger passenger) {
		return switch (passenger.boarding()) {
			case Boarding.Absent absent -> Mono.just(Finding.absent(passenger.trail()));
			case Boarding.Gathering gathering -> Mono.just(whole(key, gathering.image(), passenger.trail()));
			case Boarding.PassingThrough passing -> passThrough(key, passing, passenger.trail());
		};
	}

	private Mono<Finding<DeliveredImage>> passThrough(ImageKey key, Boarding.PassingThrough passing, Trail trail) {
		StoredImage opened = passing.take();
		return found((opened != null) ? Mono.just(opened) : this.store.open(key), trail);
	}

	/** Opens some bytes of one version. */
	Mono<Finding<DeliveredImage>> open(ImageKey key, ImageHead head, ByteSpan span, Trail trail) {
		CachedImage held = this.tiers.find(key);
		if (held != null) {
			return sameVersion(key, held, head, span, this.tiers.hit());
		}
		if (!this.tiers.takes(head.length())) {
			return found(this.store.open(key, head, span), trail);
		}
		return board(key).flatMap((passenger) -> (passenger.boarding() instanceof Boarding.Gathering gathering)
				? sameVersion(key, gathering.image(), head, span, passenger.trail())
				: found(this.store.open(key, head, span), trail));
	}

	/** Joins the load of an image, or starts it. */
	private Mono<Passenger> board(ImageKey key) {
		Flight fresh = this.flights.register(key);
		if (fresh != null) {
			return this.flights.launch(fresh).map((boarding) -> new Passenger(boarding, boarding.trail()));
		}
		Flight flight = this.flights.find(key);
		return (flight != null) ? follow(flight) : Mono.defer(() -> board(key));
	}

	private Mono<Passenger> follow(Flight flight) {
		this.observer.followed();
		return flight.boarding().timed().map((begun) -> new Passenger(begun.get(), Tiers.collapsed(begun.elapsed())));
	}

	private static Mono<Finding<DeliveredImage>> found(Mono<StoredImage> stored, Trail trail) {
		return stored.map((image) -> new Finding<>(new DeliveredImage(image.head(), image.body()), trail))
			.switchIfEmpty(Mono.fromSupplier(() -> Finding.absent(trail)));
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

	private record Passenger(Boarding boarding, Trail trail) {

	}

}
