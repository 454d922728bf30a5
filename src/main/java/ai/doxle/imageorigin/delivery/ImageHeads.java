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
				case Boarding.PassingThrough passing -> new Finding<>(passing.head(), trail);
				case Boarding.Absent absent -> Finding.absent(trail);
			};
		});
	}

	private Mono<Finding<ImageHead>> look(ImageKey key) {
		return this.tiers.region().look(key).timed().flatMap((said) -> answer(key, said.get(), said.elapsed()));
	}

	private Mono<Finding<ImageHead>> answer(ImageKey key, RegionalAnswer answer, Duration time) {
		return switch (answer) {
			case RegionalAnswer.Held held ->
				Mono.just(new Finding<>(held.head(), this.tiers.passed(Tiers.region(Word.HIT, time))));
			case RegionalAnswer.KnownAbsent absent ->
				Mono.fromSupplier(() -> absent(key, absent.rest(), Tiers.region(Word.HIT, time)));
			case RegionalAnswer.Off none -> stored(key, Trail.EMPTY);
			case RegionalAnswer.Unavailable ill -> stored(key, Tiers.region(Word.UNAVAILABLE, time));
			case RegionalAnswer other -> stored(key, Tiers.region(Word.MISS, time));
		};
	}

	private Mono<Finding<ImageHead>> stored(ImageKey key, Trail asked) {
		return this.store.head(key)
			.timed()
			.map((head) -> new Finding<>(head.get(),
					this.tiers.passed(asked.after(Place.STORE, Word.HIT, head.elapsed()))))
			.switchIfEmpty(Mono.fromSupplier(() -> absent(key, this.tiers.negativeTtl(), asked)));
	}

	private Finding<ImageHead> absent(ImageKey key, Duration rest, Trail asked) {
		return Finding.absent(this.tiers.absent(key, rest, asked));
	}

}
