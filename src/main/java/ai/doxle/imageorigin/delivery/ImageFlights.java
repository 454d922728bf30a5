package ai.doxle.imageorigin.delivery;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;

import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSelection;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The loads under way: at most one for each image.
 */
final class ImageFlights {

	private final ConcurrentMap<ImageKey, Flight> underWay = new ConcurrentHashMap<>();

	private final Function<Flight, Mono<Boarding>> loader;

	/**
	 * @param loader begins a load
	 */
	ImageFlights(Function<Flight, Mono<Boarding>> loader) {
		this.loader = loader;
	}

	/** The load of an image that is under way, if there is one. */
	@Nullable Flight find(ImageKey key) {
		return this.underWay.get(key);
	}

	/**
	 * Registers the load of an image, for the caller to {@link #launch}.
	 * @return null if one is under way already
	 */
	@Nullable Flight register(ImageKey key) {
		Flight flight = new Flight(key, this::remove);
		return (this.underWay.putIfAbsent(key, flight) == null) ? flight : null;
	}

	/**
	 * Starts a registered load, and tells how it begins. Whoever subscribes hears of it
	 * before the first byte is loaded.
	 */
	Mono<Boarding> launch(Flight flight) {
		return flight.boarding().mergeWith(start(flight)).next();
	}

	/** The load outlives its first reader, but is logged under that reader's trace. */
	private Mono<Boarding> start(Flight flight) {
		return Mono.deferContextual((context) -> {
			this.loader.apply(flight).contextWrite(context).subscribe(flight::begin, flight::fail);
			return Mono.empty();
		});
	}

	/** Keeps what is being loaded out of the tiers. */
	void forget(ImageSelection selection) {
		this.underWay.values().stream().filter((flight) -> selection.covers(flight.key())).forEach(Flight::purge);
	}

	/** How many loads are under way. */
	int count() {
		return this.underWay.size();
	}

	private void remove(Flight flight) {
		this.underWay.remove(flight.key(), flight);
	}

}
