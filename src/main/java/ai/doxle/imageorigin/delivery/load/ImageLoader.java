package ai.doxle.imageorigin.delivery.load;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

import org.springframework.core.io.buffer.DataBuffer;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

import ai.doxle.imageorigin.cache.BrokenImageException;
import ai.doxle.imageorigin.cache.RegionalAnswer;
import ai.doxle.imageorigin.cache.RegionalLease;
import ai.doxle.imageorigin.delivery.lookup.DeliveryObserver;
import ai.doxle.imageorigin.delivery.lookup.LookupTrail;
import ai.doxle.imageorigin.delivery.lookup.LookupTrail.Outcome;
import ai.doxle.imageorigin.delivery.lookup.LookupTrail.Tier;
import ai.doxle.imageorigin.delivery.type.TypeCheckedStore;
import ai.doxle.imageorigin.image.ByteSpan;
import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.offheap.CachedImage;
import ai.doxle.imageorigin.offheap.ImageBytes;
import ai.doxle.imageorigin.store.StoredImage;

/**
 * Starts loads: from the region if it has the image or is getting it, otherwise from the
 * store, for the region as well. What is small enough is buffered in memory at the
 * source's pace; the rest passes through at its reader's.
 */
public final class ImageLoader {

	/** How often another instance's load may end without an image before we load. */
	private static final int MAX_CLAIMS = 3;

	private final TypeCheckedStore store;

	private final CacheTiers tiers;

	private final DeliveryObserver observer;

	public ImageLoader(TypeCheckedStore store, CacheTiers tiers, DeliveryObserver observer) {
		this.store = store;
		this.tiers = tiers;
		this.observer = observer;
	}

	/**
	 * Starts a load, unless the load before it has ended since its reader looked into
	 * memory.
	 */
	public Mono<LoadStart> load(SharedLoad load) {
		if (!this.tiers.areOn()) {
			load.scope().keepNothing();
		}
		CachedImage cached = this.tiers.find(load.key());
		return (cached != null) ? Mono.just(new LoadStart.AlreadyCached(cached, this.tiers.hit())) : claim(load, 1);
	}

	private Mono<LoadStart> claim(SharedLoad load, int attempt) {
		return this.tiers.region()
			.claim(load.key())
			.timed()
			.flatMap((answer) -> start(load, answer.get(), answer.elapsed(), attempt));
	}

	private Mono<LoadStart> start(SharedLoad load, RegionalAnswer answer, Duration time, int attempt) {
		return switch (answer) {
			case RegionalAnswer.Off none -> fromStore(load, RegionalLease.NONE, LookupTrail.EMPTY);
			case RegionalAnswer.Unavailable unavailable ->
				fromStore(load, RegionalLease.NONE, CacheTiers.region(Outcome.UNAVAILABLE, time));
			case RegionalAnswer.Missing missing ->
				fromStore(load, RegionalLease.NONE, CacheTiers.region(Outcome.MISS, time));
			case RegionalAnswer.Granted granted ->
				fromStore(load, granted.lease(), CacheTiers.region(Outcome.STORED, time));
			case RegionalAnswer.KnownAbsent absent ->
				Mono.fromSupplier(() -> absent(load, absent.rest(), CacheTiers.region(Outcome.HIT, time)));
			case RegionalAnswer.Held held -> fromRegion(load, held, CacheTiers.region(Outcome.HIT, time));
			case RegionalAnswer.Loading loading -> loading.image()
				.timed()
				.flatMap((held) -> fromRegion(load, held.get(),
						CacheTiers.region(Outcome.COLLAPSED, time.plus(held.elapsed()))))
				.switchIfEmpty(Mono.defer(() -> claimAgain(load, time, attempt)));
		};
	}

	private Mono<LoadStart> claimAgain(SharedLoad load, Duration time, int attempt) {
		return (attempt < MAX_CLAIMS) ? claim(load, attempt + 1)
				: fromStore(load, RegionalLease.NONE, CacheTiers.region(Outcome.MISS, time));
	}

	private Mono<LoadStart> fromStore(SharedLoad load, RegionalLease lease, LookupTrail asked) {
		return Mono.defer(() -> {
			int purges = this.tiers.purges();
			long begun = System.nanoTime();
			Supplier<LookupTrail> trail = () -> asked.after(Tier.STORE, Outcome.HIT,
					Duration.ofNanos(System.nanoTime() - begun));
			return this.store.open(load.key())
				.flatMap((image) -> fromStore(load, image, lease, trail.get()))
				.switchIfEmpty(Mono.fromSupplier(() -> absent(load, lease, trail.get())))
				.onErrorResume(ImageFailure.NotAnImage.class,
						(denial) -> Mono.fromSupplier(() -> denied(load, lease, purges, trail.get())))
				.doOnError((failure) -> lease.giveUp().subscribe());
		});
	}

	private Mono<LoadStart> fromStore(SharedLoad load, StoredImage image, RegionalLease lease, LookupTrail trail) {
		return room(load, image.head()).<LoadStart>map((loading) -> new LoadStart.Buffering(loading, () -> {
			share(lease, loading);
			fill(load, loading, image.body(), Tier.STORE);
		}, this.tiers.stored(trail, image.head()))).switchIfEmpty(Mono.fromSupplier(() -> {
			lease.giveUp().subscribe();
			return new LoadStart.PassThrough(image, this.tiers.passed(trail));
		}));
	}

	private Mono<LoadStart> fromRegion(SharedLoad load, RegionalAnswer.Held held, LookupTrail trail) {
		return room(load, held.head()).<LoadStart>map((loading) -> {
			Flux<DataBuffer> body = held.body()
				.onErrorResume(BrokenImageException.class, (broken) -> takeOver(load.key(), loading));
			return new LoadStart.Buffering(loading, () -> fill(load, loading, body, Tier.REGION),
					this.tiers.stored(trail, held.head()));
		}).switchIfEmpty(Mono.fromSupplier(() -> {
			Flux<DataBuffer> body = resumed(load.key(), held.head(), held.body());
			return new LoadStart.PassThrough(new StoredImage(held.head(), body), this.tiers.passed(trail));
		}));
	}

	/** Room for an image that a tier takes, owned by the load; empty if there is none. */
	private Mono<CachedImage> room(SharedLoad load, ImageHead head) {
		this.tiers.seen(load.key(), head);
		return this.tiers.buffers(head.length())
				? this.tiers.memory().awaitRoom(head.length()).map((bytes) -> owned(load, head, bytes)) : Mono.empty();
	}

	private static CachedImage owned(SharedLoad load, ImageHead head, ImageBytes bytes) {
		AtomicBoolean owned = new AtomicBoolean(true);
		load.scope().own(() -> {
			if (owned.getAndSet(false)) {
				bytes.endLoad();
			}
		});
		return new CachedImage(head, bytes);
	}

	private LoadStart absent(SharedLoad load, RegionalLease lease, LookupTrail asked) {
		lease.keepAbsent().subscribe();
		return absent(load, this.tiers.negativeTtl(), asked);
	}

	private LoadStart absent(SharedLoad load, Duration rest, LookupTrail asked) {
		return new LoadStart.Absent(this.tiers.absent(load, rest, asked));
	}

	private LoadStart denied(SharedLoad load, RegionalLease lease, int purges, LookupTrail asked) {
		lease.giveUp().subscribe();
		return new LoadStart.NotAnImage(this.tiers.denied(load.key(), purges, this.tiers.passed(asked)));
	}

	/** Lets the region have the image as it fills. */
	private static void share(RegionalLease lease, CachedImage image) {
		image.bytes().retain();
		lease.keep(image.head(), image.bytes()).doFinally((end) -> image.bytes().release()).subscribe();
	}

	private void fill(SharedLoad load, CachedImage image, Flux<DataBuffer> body, Tier source) {
		long begun = System.nanoTime();
		image.bytes().retain();
		ImageFilling.of(image.bytes(), body).doFinally((end) -> image.bytes().release()).subscribe((complete) -> {
			Duration time = Duration.ofNanos(System.nanoTime() - begun);
			this.observer.loaded(source, complete, time, image.bytes().filled());
			complete(load, image, complete);
		}, (never) -> {
		}, () -> {
		}, load.scope().addTo(Context.empty()));
	}

	private void complete(SharedLoad load, CachedImage image, boolean complete) {
		if (complete) {
			this.tiers.keep(load, image);
		}
		load.end(complete);
	}

	/** The rest of an image that the region lost, loaded for the region if it lets us. */
	private Flux<DataBuffer> takeOver(ImageKey key, CachedImage image) {
		return this.tiers.region().claim(key).flatMapMany((answer) -> {
			if (answer instanceof RegionalAnswer.Granted granted) {
				share(granted.lease(), image);
			}
			return rest(key, image.head(), image.bytes().filled());
		});
	}

	private Flux<DataBuffer> resumed(ImageKey key, ImageHead head, Flux<DataBuffer> body) {
		return Flux.defer(() -> {
			AtomicLong received = new AtomicLong();
			return body.doOnNext((piece) -> received.addAndGet(piece.readableByteCount()))
				.onErrorResume(BrokenImageException.class, (broken) -> rest(key, head, received.get()));
		});
	}

	private Flux<DataBuffer> rest(ImageKey key, ImageHead head, long received) {
		ByteSpan rest = ByteSpan.whole(head.length()).skip(received);
		return rest.isEmpty() ? Flux.empty() : this.store.bytes(key, head, rest);
	}

}
