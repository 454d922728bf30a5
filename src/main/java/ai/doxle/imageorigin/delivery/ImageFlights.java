package ai.doxle.imageorigin.delivery;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSelection;
import ai.doxle.imageorigin.runtime.ResourceScope;

/**
 * The loads under way: at most one for each image.
 */
final class ImageFlights {

	private static final Logger logger = LoggerFactory.getLogger(ImageFlights.class);

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
	 * begins before the first byte is loaded, and before those who join; if he leaves at
	 * once, it is started all the same.
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
			.map((begun) -> new Passenger(flight, begun.get(), Tiers.collapsed(begun.elapsed()), false));
	}

	private Mono<Passenger> start(Flight flight, ContextView context) {
		return Mono.<Boarding>create((first) -> start(flight, context, first))
			.map((boarding) -> new Passenger(flight, boarding, boarding.trail(), true));
	}

	/** The load outlives its first reader, but is logged under that reader's trace. */
	private void start(Flight flight, ContextView context, MonoSink<Boarding> first) {
		first.onDispose(flight.boarding().subscribe(first::success, first::error));
		this.loader.apply(flight).subscribe((how) -> flight.begin(how, ResourceScope.in(context)), flight::fail, () -> {
		}, flight.scope().addTo(Context.of(context)));
	}

	/** Keeps what is being loaded out of the tiers. */
	void forget(ImageSelection selection) {
		this.underWay.values().stream().filter((flight) -> selection.covers(flight.key())).forEach(Flight::purge);
	}

	/** Ends loads that would never end. */
	void endStalled() {
		long now = System.nanoTime();
		this.underWay.values().forEach((flight) -> {
			if (flight.endIfStalled(now)) {
				logger.warn("Ended the load of {}, which made no progress", flight.key());
			}
		});
	}

	/** How many loads are under way. */
	int count() {
		return this.underWay.size();
	}

	private void remove(Flight flight) {
		this.underWay.remove(flight.key(), flight);
	}

}
