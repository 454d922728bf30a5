package ai.doxle.imageorigin.delivery;

import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.publisher.Sinks;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

import ai.doxle.imageorigin.cache.CachedImage;
import ai.doxle.imageorigin.cache.RegionalAnswer;
import ai.doxle.imageorigin.delivery.Trail.Place;
import ai.doxle.imageorigin.delivery.Trail.Word;
import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSelection;
import ai.doxle.imageorigin.runtime.ResourceScope;

/**
 * Finds heads, without loading an image for one: in memory, in a load under way, in the
 * region or in the store. Requests for the same head are collapsed into one.
 */
final class ImageHeads {

	private final JudgedStore store;

	private final Tiers tiers;

	private final ImageFlights flights;

	private final DeliveryObserver observer;

	private final ConcurrentMap<ImageKey, Sinks.One<Finding<ImageHead>>> underWay = new ConcurrentHashMap<>();

	ImageHeads(JudgedStore store, Tiers tiers, ImageFlights flights, DeliveryObserver observer) {
		this.store = store;
		this.tiers = tiers;
		this.flights = flights;
		this.observer = observer;
	}

	Mono<Finding<ImageHead>> find(ImageKey key) {
		CachedImage held = this.tiers.find(key);
		if (held != null) {
			return Mono.just(new Finding.Found<>(held.head(), this.tiers.hit()));
		}
		Finding<ImageHead> known = this.tiers.knownRefusal(key);
		if (known != null) {
			return Mono.just(known);
		}
		Flight flight = this.flights.find(key);
		return (flight != null) ? ofFlight(flight) : share(key);
	}

	private Mono<Finding<ImageHead>> ofFlight(Flight flight) {
		this.observer.followed();
		return flight.boarding().timed().map((begun) -> {
			Trail trail = Tiers.collapsed(begun.elapsed());
			return switch (begun.get()) {
				case Boarding.Gathering gathering -> new Finding.Found<>(gathering.image().head(), trail);
				case Boarding.Landed landed -> new Finding.Found<>(landed.image().head(), trail);
				case Boarding.PassingThrough passing -> new Finding.Found<>(passing.head(), trail);
				case Boarding.Absent absent -> new Finding.Absent<>(trail);
				case Boarding.NotAnImage denied -> new Finding.NotAnImage<>(trail);
			};
		});
	}

	/** Joins the request for a head, or makes it; it outlives who made it. */
	private Mono<Finding<ImageHead>> share(ImageKey key) {
		return Mono.deferContextual((context) -> {
			Sinks.One<Finding<ImageHead>> fresh = Sinks.one();
			Sinks.One<Finding<ImageHead>> known = this.underWay.putIfAbsent(key, fresh);
			return (known != null) ? join(known) : Mono.create((first) -> ask(key, fresh, context, first));
		});
	}

	private Mono<Finding<ImageHead>> join(Sinks.One<Finding<ImageHead>> known) {
		this.observer.followed();
		return known.asMono().timed().map((found) -> {
			Trail trail = Tiers.collapsed(found.elapsed());
			return switch (found.get()) {
				case Finding.Found<ImageHead> head -> new Finding.Found<>(head.value(), trail);
				case Finding.Absent<ImageHead> absent -> new Finding.Absent<>(trail);
				case Finding.NotAnImage<ImageHead> denied -> new Finding.NotAnImage<>(trail);
			};
		});
	}

	private void ask(ImageKey key, Sinks.One<Finding<ImageHead>> answer, ContextView context,
			MonoSink<Finding<ImageHead>> first) {
		ResourceScope scope = ResourceScope.ofLoad();
		first.onDispose(answer.asMono().subscribe(first::success, first::error));
		Mono.defer(() -> look(key)).doFinally((end) -> {
			this.underWay.remove(key, answer);
			scope.dispose();
		}).subscribe(answer::tryEmitValue, answer::tryEmitError, () -> {
		}, scope.addTo(Context.of(context)));
	}

	/** Has who asks from now on not join a request that was made before. */
	void forget(ImageSelection selection) {
		this.underWay.keySet().removeIf(selection::covers);
	}

	private Mono<Finding<ImageHead>> look(ImageKey key) {
		int purges = this.tiers.purges();
		return this.tiers.region().look(key).timed().flatMap((said) -> switch (said.get()) {
			case RegionalAnswer.Held held ->
				Mono.just(new Finding.Found<>(held.head(), this.tiers.passed(Tiers.region(Word.HIT, said.elapsed()))));
			case RegionalAnswer.KnownAbsent absent ->
				Mono.just(absent(key, absent.rest(), purges, Tiers.region(Word.HIT, said.elapsed())));
			case RegionalAnswer.Off none -> stored(key, purges, Trail.EMPTY);
			case RegionalAnswer.Unavailable ill -> stored(key, purges, Tiers.region(Word.UNAVAILABLE, said.elapsed()));
			case RegionalAnswer other -> stored(key, purges, Tiers.region(Word.MISS, said.elapsed()));
		});
	}

	private Mono<Finding<ImageHead>> stored(ImageKey key, int purges, Trail asked) {
		return Mono.defer(() -> {
			long begun = System.nanoTime();
			return this.store.head(key)
				.<Finding<ImageHead>>map((head) -> new Finding.Found<>(head, this.tiers.passed(since(begun, asked))))
				.switchIfEmpty(
						Mono.fromSupplier(() -> absent(key, this.tiers.negativeTtl(), purges, since(begun, asked))))
				.onErrorResume(ImageFailure.NotAnImage.class,
						(denial) -> Mono.just(new Finding.NotAnImage<>(this.tiers.passed(since(begun, asked)))));
		});
	}

	private static Trail since(long begun, Trail asked) {
		return asked.after(Place.STORE, Word.HIT, Duration.ofNanos(System.nanoTime() - begun));
	}

	private Finding<ImageHead> absent(ImageKey key, Duration rest, int purges, Trail asked) {
		return new Finding.Absent<>(this.tiers.absent(key, rest, purges, asked));
	}

}
