package ai.doxle.imageorigin.delivery;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;

import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSelection;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

/**
 * The loads under way: at most one for each image.
 */
final class ImageFlights {

	private final ConcurrentMap<ImageKey, Flight> underWay = new ConcurrentHashMap<>();

	private final Function<Flight, Mono<Boarding>> loader;

	private final DeliveryObserver observer;

	/**
	 * @param loader begins a load
	 */
	ImageFlights(Function<Flight, Mono<Boarding>> loader, DeliveryObserver observer) {
		this.loader = loader;
		this.observer = observer;
	}

	/** The load of an image that is under way, if there is one. */
	@Nullable Flight find(ImageKey key) {
		return this.underWay.get(key);
	}

	/**
	 * Joins the load of an image, or starts it. A reader who starts it hears how it
	 * begins before the first byte is loaded; if he leaves at once, it is started all the
	 * same.
	 */
	Mono<Passenger> board(ImageKey key) {
		return Mono.deferContextual((context) -> {
			Flight fresh = new Flight(key, this::remove);
			Flight flight = this.underWay.putIfAbsent(key, fresh);
			return (flight != null) ? join(flight) : start(fresh, context);
		});
	}

	private Mono<Passenger> join(Flight flight) {
		this.observer.followed();
		return flight.boarding()
			.timed()
			.map((begun) -> new Passenger(flight, begun.get(), Tiers.collapsed(begun.elapsed())));
	}

	/** The load outlives its first reader, but is logged under that reader's trace. */
	private Mono<Passenger> start(Flight flight, ContextView context) {
		return Mono.<Boarding>create((sink) -> {
			flight.tell(sink);
			this.loader.apply(flight).contextWrite(context).subscribe(flight::begin, flight::fail);
		}).map((boarding) -> new Passenger(flight, boarding, boarding.trail()));
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
