package ai.doxle.imageorigin.delivery;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

import org.springframework.core.io.buffer.DataBuffer;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

import ai.doxle.imageorigin.cache.BrokenImageException;
import ai.doxle.imageorigin.cache.CachedImage;
import ai.doxle.imageorigin.cache.ImageBytes;
import ai.doxle.imageorigin.cache.RegionalAnswer;
import ai.doxle.imageorigin.cache.RegionalLease;
import ai.doxle.imageorigin.delivery.Trail.Place;
import ai.doxle.imageorigin.delivery.Trail.Word;
import ai.doxle.imageorigin.image.ByteSpan;
import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.store.StoredImage;

/**
 * Begins loads: from the region if it has the image or is getting it, otherwise from the
 * store, for the region as well. What is small enough is gathered in memory at the
 * source's pace; the rest passes through at its reader's.
 */
final class ImageLoader {

	/** How often another instance's load may end without an image before we load. */
	private static final int MAX_CLAIMS = 3;

	private final JudgedStore store;

	private final Tiers tiers;

	private final DeliveryObserver observer;

	ImageLoader(JudgedStore store, Tiers tiers, DeliveryObserver observer) {
		this.store = store;
		this.tiers = tiers;
		this.observer = observer;
	}

	/**
	 * Begins a load, unless the load before it has ended since its reader looked into
	 * memory.
	 */
	Mono<Boarding> load(Flight flight) {
		CachedImage landed = this.tiers.find(flight.key());
		return (landed != null) ? Mono.just(new Boarding.Landed(landed, this.tiers.hit())) : claim(flight, 1);
	}

	private Mono<Boarding> claim(Flight flight, int attempt) {
		return this.tiers.region()
			.claim(flight.key())
			.timed()
			.flatMap((answer) -> board(flight, answer.get(), answer.elapsed(), attempt));
	}

	private Mono<Boarding> board(Flight flight, RegionalAnswer answer, Duration time, int attempt) {
		return switch (answer) {
			case RegionalAnswer.Off none -> fromStore(flight, RegionalLease.NONE, Trail.EMPTY);
			case RegionalAnswer.Unavailable ill ->
				fromStore(flight, RegionalLease.NONE, Tiers.region(Word.UNAVAILABLE, time));
			case RegionalAnswer.Missing missing -> fromStore(flight, RegionalLease.NONE, Tiers.region(Word.MISS, time));
			case RegionalAnswer.Granted granted -> fromStore(flight, granted.lease(), Tiers.region(Word.STORED, time));
			case RegionalAnswer.KnownAbsent absent ->
				Mono.fromSupplier(() -> absent(flight, absent.rest(), Tiers.region(Word.HIT, time)));
			case RegionalAnswer.Held held -> fromRegion(flight, held, Tiers.region(Word.HIT, time));
			case RegionalAnswer.Loading loading -> loading.image()
				.timed()
				.flatMap((held) -> fromRegion(flight, held.get(),
						Tiers.region(Word.COLLAPSED, time.plus(held.elapsed()))))
				.switchIfEmpty(Mono.defer(() -> claimAgain(flight, time, attempt)));
		};
	}

	private Mono<Boarding> claimAgain(Flight flight, Duration time, int attempt) {
		return (attempt < MAX_CLAIMS) ? claim(flight, attempt + 1)
				: fromStore(flight, RegionalLease.NONE, Tiers.region(Word.MISS, time));
	}

	private Mono<Boarding> fromStore(Flight flight, RegionalLease lease, Trail asked) {
		return Mono.defer(() -> {
			int purges = this.tiers.purges();
			long begun = System.nanoTime();
			Supplier<Trail> trail = () -> asked.after(Place.STORE, Word.HIT,
					Duration.ofNanos(System.nanoTime() - begun));
			return this.store.open(flight.key())
				.flatMap((image) -> fromStore(flight, image, lease, trail.get()))
				.switchIfEmpty(Mono.fromSupplier(() -> absent(flight, lease, trail.get())))
				.onErrorResume(ImageFailure.NotAnImage.class,
						(denial) -> Mono.fromSupplier(() -> denied(flight, lease, purges, trail.get())))
				.doOnError((failure) -> lease.giveUp().subscribe());
		});
	}

	private Mono<Boarding> fromStore(Flight flight, StoredImage image, RegionalLease lease, Trail trail) {
		return room(flight, image.head()).<Boarding>map((loading) -> new Boarding.Gathering(loading, () -> {
			share(lease, loading);
			fill(flight, loading, image.body(), Place.STORE);
		}, this.tiers.stored(trail, image.head()))).switchIfEmpty(Mono.fromSupplier(() -> {
			lease.giveUp().subscribe();
			return new Boarding.PassingThrough(image, this.tiers.passed(trail));
		}));
	}

	private Mono<Boarding> fromRegion(Flight flight, RegionalAnswer.Held held, Trail trail) {
		return room(flight, held.head()).<Boarding>map((loading) -> {
			Flux<DataBuffer> body = held.body()
				.onErrorResume(BrokenImageException.class, (broken) -> takeOver(flight.key(), loading));
			return new Boarding.Gathering(loading, () -> fill(flight, loading, body, Place.REGION),
					this.tiers.stored(trail, held.head()));
		}).switchIfEmpty(Mono.fromSupplier(() -> {
			Flux<DataBuffer> body = mended(flight.key(), held.head(), held.body());
			return new Boarding.PassingThrough(new StoredImage(held.head(), body), this.tiers.passed(trail));
		}));
	}

	/** Room for an image that a tier takes, owned by the load; empty if there is none. */
	private Mono<CachedImage> room(Flight flight, ImageHead head) {
		this.tiers.seen(flight.key(), head);
		return this.tiers.gathers(head.length())
				? this.tiers.memory().awaitRoom(head.length()).map((bytes) -> owned(flight, head, bytes))
				: Mono.empty();
	}

	private static CachedImage owned(Flight flight, ImageHead head, ImageBytes bytes) {
		AtomicBoolean owned = new AtomicBoolean(true);
		flight.scope().own(() -> {
			if (owned.getAndSet(false)) {
				bytes.loaded();
			}
		});
		return new CachedImage(head, bytes);
	}

	private Boarding absent(Flight flight, RegionalLease lease, Trail asked) {
		lease.keepAbsent().subscribe();
		return absent(flight, this.tiers.negativeTtl(), asked);
	}

	private Boarding absent(Flight flight, Duration rest, Trail asked) {
		return new Boarding.Absent(this.tiers.absent(flight, rest, asked));
	}

	private Boarding denied(Flight flight, RegionalLease lease, int purges, Trail asked) {
		lease.giveUp().subscribe();
		return new Boarding.NotAnImage(this.tiers.denied(flight.key(), purges, this.tiers.passed(asked)));
	}

	/** Lets the region have the image as it fills. */
	private static void share(RegionalLease lease, CachedImage image) {
		image.bytes().retain();
		lease.keep(image.head(), image.bytes()).doFinally((end) -> image.bytes().release()).subscribe();
	}

	private void fill(Flight flight, CachedImage image, Flux<DataBuffer> body, Place source) {
		long begun = System.nanoTime();
		image.bytes().retain();
		ImageFilling.of(image.bytes(), body).doFinally((end) -> image.bytes().release()).subscribe((complete) -> {
			Duration time = Duration.ofNanos(System.nanoTime() - begun);
			this.observer.loaded(source, complete, time, image.bytes().filled());
			land(flight, image, complete);
		}, (never) -> {
		}, () -> {
		}, flight.scope().addTo(Context.empty()));
	}

	private void land(Flight flight, CachedImage image, boolean complete) {
		if (complete) {
			this.tiers.keep(flight, image);
		}
		flight.end(complete);
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

	private Flux<DataBuffer> mended(ImageKey key, ImageHead head, Flux<DataBuffer> body) {
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
