package ai.doxle.imageorigin.delivery;

import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.publisher.Sinks;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

import ai.doxle.imageorigin.cache.RegionalAnswer;
import ai.doxle.imageorigin.delivery.load.CacheTiers;
import ai.doxle.imageorigin.delivery.load.LoadStart;
import ai.doxle.imageorigin.delivery.load.SharedLoad;
import ai.doxle.imageorigin.delivery.load.SharedLoads;
import ai.doxle.imageorigin.delivery.lookup.DeliveryObserver;
import ai.doxle.imageorigin.delivery.lookup.LookupResult;
import ai.doxle.imageorigin.delivery.lookup.LookupTrail;
import ai.doxle.imageorigin.delivery.lookup.LookupTrail.Outcome;
import ai.doxle.imageorigin.delivery.lookup.LookupTrail.Tier;
import ai.doxle.imageorigin.delivery.type.TypeCheckedStore;
import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSelection;
import ai.doxle.imageorigin.offheap.CachedImage;
import ai.doxle.imageorigin.runtime.ResourceScope;

/**
 * Finds heads, without loading an image for one: in memory, in a load under way, in the
 * region or in the store. Requests for the same head are collapsed into one.
 */
final class HeadLookup {

	private final TypeCheckedStore store;

	private final CacheTiers tiers;

	private final SharedLoads loads;

	private final DeliveryObserver observer;

	private final ConcurrentMap<ImageKey, Sinks.One<LookupResult<ImageHead>>> underWay = new ConcurrentHashMap<>();

	HeadLookup(TypeCheckedStore store, CacheTiers tiers, SharedLoads loads, DeliveryObserver observer) {
		this.store = store;
		this.tiers = tiers;
		this.loads = loads;
		this.observer = observer;
	}

	Mono<LookupResult<ImageHead>> find(ImageKey key) {
		CachedImage held = this.tiers.find(key);
		if (held != null) {
			return Mono.just(new LookupResult.Found<>(held.head(), this.tiers.hit()));
		}
		LookupResult<ImageHead> known = this.tiers.knownRefusal(key);
		if (known != null) {
			return Mono.just(known);
		}
		SharedLoad load = this.loads.find(key);
		return (load != null) ? ofLoad(load) : share(key);
	}

	private Mono<LookupResult<ImageHead>> ofLoad(SharedLoad load) {
		this.observer.followed();
		return load.start().timed().map((begun) -> {
			LookupTrail trail = CacheTiers.collapsed(begun.elapsed());
			return switch (begun.get()) {
				case LoadStart.Buffering buffering -> new LookupResult.Found<>(buffering.image().head(), trail);
				case LoadStart.AlreadyCached cached -> new LookupResult.Found<>(cached.image().head(), trail);
				case LoadStart.PassThrough passing -> new LookupResult.Found<>(passing.head(), trail);
				case LoadStart.Absent absent -> new LookupResult.Absent<>(trail);
				case LoadStart.NotAnImage denied -> new LookupResult.NotAnImage<>(trail);
			};
		});
	}

	/** Joins the request for a head, or makes it; it outlives who made it. */
	private Mono<LookupResult<ImageHead>> share(ImageKey key) {
		return Mono.deferContextual((context) -> {
			Sinks.One<LookupResult<ImageHead>> fresh = Sinks.one();
			Sinks.One<LookupResult<ImageHead>> known = this.underWay.putIfAbsent(key, fresh);
			return (known != null) ? join(known) : Mono.create((first) -> ask(key, fresh, context, first));
		});
	}

	private Mono<LookupResult<ImageHead>> join(Sinks.One<LookupResult<ImageHead>> known) {
		this.observer.followed();
		return known.asMono().timed().map((found) -> {
			LookupTrail trail = CacheTiers.collapsed(found.elapsed());
			return switch (found.get()) {
				case LookupResult.Found<ImageHead> head -> new LookupResult.Found<>(head.value(), trail);
				case LookupResult.Absent<ImageHead> absent -> new LookupResult.Absent<>(trail);
				case LookupResult.NotAnImage<ImageHead> denied -> new LookupResult.NotAnImage<>(trail);
			};
		});
	}

	private void ask(ImageKey key, Sinks.One<LookupResult<ImageHead>> result, ContextView context,
			MonoSink<LookupResult<ImageHead>> first) {
		ResourceScope scope = ResourceScope.ofLoad();
		first.onDispose(result.asMono().subscribe(first::success, first::error));
		Mono.defer(() -> look(key)).doFinally((end) -> {
			this.underWay.remove(key, result);
			scope.dispose();
		}).subscribe(result::tryEmitValue, result::tryEmitError, () -> {
		}, scope.addTo(Context.of(context)));
	}

	/** Has who asks from now on not join a request that was made before. */
	void forget(ImageSelection selection) {
		this.underWay.keySet().removeIf(selection::covers);
	}

	private Mono<LookupResult<ImageHead>> look(ImageKey key) {
		int purges = this.tiers.purges();
		return this.tiers.region().look(key).timed().flatMap((said) -> switch (said.get()) {
			case RegionalAnswer.Held held -> Mono.just(new LookupResult.Found<>(held.head(),
					this.tiers.passed(CacheTiers.region(Outcome.HIT, said.elapsed()))));
			case RegionalAnswer.KnownAbsent absent ->
				Mono.just(absent(key, absent.rest(), purges, CacheTiers.region(Outcome.HIT, said.elapsed())));
			case RegionalAnswer.Off none -> stored(key, purges, LookupTrail.EMPTY);
			case RegionalAnswer.Unavailable unavailable ->
				stored(key, purges, CacheTiers.region(Outcome.UNAVAILABLE, said.elapsed()));
			case RegionalAnswer other -> stored(key, purges, CacheTiers.region(Outcome.MISS, said.elapsed()));
		});
	}

	private Mono<LookupResult<ImageHead>> stored(ImageKey key, int purges, LookupTrail asked) {
		return Mono.defer(() -> {
			long begun = System.nanoTime();
			return this.store.head(key)
				.<LookupResult<ImageHead>>map(
						(head) -> new LookupResult.Found<>(head, this.tiers.passed(since(begun, asked))))
				.switchIfEmpty(
						Mono.fromSupplier(() -> absent(key, this.tiers.negativeTtl(), purges, since(begun, asked))))
				.onErrorResume(ImageFailure.NotAnImage.class,
						(denial) -> Mono.fromSupplier(() -> denied(key, purges, since(begun, asked))));
		});
	}

	private static LookupTrail since(long begun, LookupTrail asked) {
		return asked.after(Tier.STORE, Outcome.HIT, Duration.ofNanos(System.nanoTime() - begun));
	}

	private LookupResult<ImageHead> absent(ImageKey key, Duration rest, int purges, LookupTrail asked) {
		return new LookupResult.Absent<>(this.tiers.absent(key, rest, purges, asked));
	}

	private LookupResult<ImageHead> denied(ImageKey key, int purges, LookupTrail asked) {
		return new LookupResult.NotAnImage<>(this.tiers.denied(key, purges, this.tiers.passed(asked)));
	}

}
