package ai.doxle.imageorigin.delivery;

import java.time.Duration;

import ai.doxle.imageorigin.cache.CachedImage;
import ai.doxle.imageorigin.cache.RegionalAnswer;
import ai.doxle.imageorigin.delivery.Trail.Place;
import ai.doxle.imageorigin.delivery.Trail.Word;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;
import reactor.core.publisher.Mono;

/**
 * Finds heads, without loading an image for one: in memory, in a load under way, in the
 * region or in the store.
 */
final class ImageHeads {

	private final JudgedStore store;

	private final Tiers tiers;

	private final ImageFlights flights;

	ImageHeads(JudgedStore store, Tiers tiers, ImageFlights flights) {
		this.store = store;
		this.tiers = tiers;
		this.flights = flights;
	}

	Mono<Finding<ImageHead>> find(ImageKey key) {
		CachedImage held = this.tiers.find(key);
		if (held != null) {
			return Mono.just(new Finding<>(held.head(), this.tiers.hit()));
		}
		if (this.tiers.knowsAbsent(key)) {
			return Mono.just(Finding.absent(this.tiers.hit()));
		}
		Flight flight = this.flights.find(key);
		return (flight != null) ? ofFlight(flight) : look(key);
	}

	private Mono<Finding<ImageHead>> ofFlight(Flight flight) {
		return flight.boarding().timed().map((begun) -> {
			Trail trail = Tiers.collapsed(begun.elapsed());
			return switch (begun.get()) {
				case Boarding.Gathering gathering -> new Finding<>(gathering.image().head(), trail);
				case Boarding.Landed landed -> new Finding<>(landed.image().head(), trail);
				case Boarding.PassingThrough passing -> new Finding<>(passing.head(), trail);
				case Boarding.Absent absent -> Finding.absent(trail);
			};
		});
	}

	private Mono<Finding<ImageHead>> look(ImageKey key) {
		int purges = this.tiers.purges();
		return this.tiers.region().look(key).timed().flatMap((said) -> switch (said.get()) {
			case RegionalAnswer.Held held ->
				Mono.just(new Finding<>(held.head(), this.tiers.passed(Tiers.region(Word.HIT, said.elapsed()))));
			case RegionalAnswer.KnownAbsent absent ->
				Mono.just(absent(key, absent.rest(), purges, Tiers.region(Word.HIT, said.elapsed())));
			case RegionalAnswer.Off none -> stored(key, purges, Trail.EMPTY);
			case RegionalAnswer.Unavailable ill -> stored(key, purges, Tiers.region(Word.UNAVAILABLE, said.elapsed()));
			case RegionalAnswer other -> stored(key, purges, Tiers.region(Word.MISS, said.elapsed()));
		});
	}

	private Mono<Finding<ImageHead>> stored(ImageKey key, int purges, Trail asked) {
		return this.store.head(key)
			.timed()
			.map((head) -> new Finding<>(head.get(),
					this.tiers.passed(asked.after(Place.STORE, Word.HIT, head.elapsed()))))
			.switchIfEmpty(Mono.fromSupplier(() -> absent(key, this.tiers.negativeTtl(), purges, asked)));
	}

	private Finding<ImageHead> absent(ImageKey key, Duration rest, int purges, Trail asked) {
		return Finding.absent(this.tiers.absent(key, rest, purges, asked));
	}

}
