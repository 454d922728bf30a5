package ai.doxle.imageorigin.delivery;

import java.time.Duration;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBuffer;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.delivery.load.CacheTiers;
import ai.doxle.imageorigin.delivery.load.JoinedLoad;
import ai.doxle.imageorigin.delivery.load.LoadStart;
import ai.doxle.imageorigin.delivery.load.SharedLoads;
import ai.doxle.imageorigin.delivery.lookup.LookupResult;
import ai.doxle.imageorigin.delivery.lookup.LookupTrail;
import ai.doxle.imageorigin.delivery.type.TypeCheckedStore;
import ai.doxle.imageorigin.image.ByteSpan;
import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.offheap.CachedImage;
import ai.doxle.imageorigin.offheap.EvictedImageException;
import ai.doxle.imageorigin.store.StoredImage;

/**
 * Opens bodies: from memory or from a load, which is joined or started; what no tier
 * takes comes from the store, for each reader apart.
 */
final class BodyLookup {

	private final TypeCheckedStore store;

	private final CacheTiers tiers;

	private final SharedLoads loads;

	BodyLookup(TypeCheckedStore store, CacheTiers tiers, SharedLoads loads) {
		this.store = store;
		this.tiers = tiers;
		this.loads = loads;
	}

	/** Opens a whole image. */
	Mono<LookupResult<DeliveredImage>> open(ImageKey key) {
		CachedImage held = this.tiers.find(key);
		if (held != null) {
			return Mono.just(whole(key, held, this.tiers.hit()));
		}
		LookupResult<DeliveredImage> known = this.tiers.knownRefusal(key);
		if (known != null) {
			return Mono.just(known);
		}
		if (this.tiers.knowsLarge(key)) {
			return fromStore(key, this.store.open(key), LookupTrail.EMPTY);
		}
		return this.loads.join(key).flatMap((joined) -> open(key, joined));
	}

	private Mono<LookupResult<DeliveredImage>> open(ImageKey key, JoinedLoad joined) {
		LookupTrail trail = joined.trail();
		return switch (joined.start()) {
			case LoadStart.Absent absent -> Mono.just(new LookupResult.Absent<>(trail));
			case LoadStart.NotAnImage denied -> Mono.just(new LookupResult.NotAnImage<>(trail));
			case LoadStart.Buffering buffering -> Mono.just(whole(key, buffering.image(), trail));
			case LoadStart.AlreadyCached cached -> Mono.just(whole(key, cached.image(), trail));
			case LoadStart.PassThrough passing -> passThrough(key, joined, joined.isFirst() ? passing.take() : null);
		};
	}

	/** Who started the load goes on with what it opened, if there is a turn for that. */
	private Mono<LookupResult<DeliveredImage>> passThrough(ImageKey key, JoinedLoad joined,
			@Nullable StoredImage opened) {
		Mono<LookupResult<DeliveredImage>> own = fromStore(key, this.store.open(key), LookupTrail.EMPTY);
		if (opened == null) {
			return own;
		}
		if (opened.gathered()) {
			return again(key, joined, opened).onErrorResume(ImageFailure.Changed.class, (changed) -> own);
		}
		return opened.pacing()
			.thenReturn(found(opened, joined.trail()))
			.onErrorResume(ImageFailure.Busy.class, (refusal) -> own.doFirst(() -> giveBack(joined, opened)));
	}

	/** The same version over a connection that may wait for its client. */
	private Mono<LookupResult<DeliveredImage>> again(ImageKey key, JoinedLoad joined, StoredImage opened) {
		ImageHead head = opened.head();
		Mono<StoredImage> same = (head.length() > 0)
				? this.store.open(key, head, ByteSpan.whole(head.length())).map((image) -> image.withHead(head))
				: this.store.open(key);
		return fromStore(key, same, joined.trail()).doFirst(() -> giveBack(joined, opened));
	}

	private static void giveBack(JoinedLoad joined, StoredImage opened) {
		opened.abandon();
		joined.load().scope().dispose();
	}

	/**
	 * Opens some bytes of one version.
	 * @param trail where the head was found
	 */
	Mono<LookupResult<DeliveredImage>> open(ImageKey key, ImageHead head, ByteSpan span, LookupTrail trail) {
		CachedImage held = this.tiers.find(key);
		if (held != null) {
			return sameVersion(key, held, head, span, this.tiers.hit().following(trail));
		}
		if (!this.tiers.hasRoom(head.length())) {
			return fromStore(key, this.store.open(key, head, span), trail);
		}
		return this.loads.join(key).flatMap((joined) -> open(key, joined, head, span, trail));
	}

	private Mono<LookupResult<DeliveredImage>> open(ImageKey key, JoinedLoad joined, ImageHead head, ByteSpan span,
			LookupTrail before) {
		LookupTrail trail = joined.trail().following(before);
		return switch (joined.start()) {
			case LoadStart.Absent absent -> Mono.just(new LookupResult.Absent<>(trail));
			case LoadStart.NotAnImage denied -> Mono.just(new LookupResult.NotAnImage<>(trail));
			case LoadStart.Buffering buffering -> sameVersion(key, buffering.image(), head, span, trail);
			case LoadStart.AlreadyCached cached -> sameVersion(key, cached.image(), head, span, trail);
			case LoadStart.PassThrough passing -> {
				Mono<LookupResult<DeliveredImage>> own = fromStore(key, this.store.open(key, head, span), before);
				yield joined.isFirst() ? own.doFirst(joined.load().scope()::dispose) : own;
			}
		};
	}

	/** What no tier takes, for one reader. */
	private Mono<LookupResult<DeliveredImage>> fromStore(ImageKey key, Mono<StoredImage> stored, LookupTrail before) {
		return Mono.defer(() -> {
			int purges = this.tiers.purges();
			long begun = System.nanoTime();
			Supplier<LookupTrail> trail = () -> this.tiers.fromStore(Duration.ofNanos(System.nanoTime() - begun))
				.following(before);
			return stored.doOnNext((image) -> this.tiers.seen(key, image.head()))
				.map((image) -> found(image, trail.get()))
				.switchIfEmpty(Mono.fromSupplier(() -> new LookupResult.Absent<>(trail.get())))
				.onErrorResume(ImageFailure.NotAnImage.class, (denial) -> Mono
					.fromSupplier(() -> new LookupResult.NotAnImage<>(this.tiers.denied(key, purges, trail.get()))));
		});
	}

	private static LookupResult<DeliveredImage> found(StoredImage image, LookupTrail trail) {
		return new LookupResult.Found<>(new DeliveredImage(image.head(), image.body()), trail);
	}

	private LookupResult<DeliveredImage> whole(ImageKey key, CachedImage image, LookupTrail trail) {
		return new LookupResult.Found<>(delivered(key, image, ByteSpan.whole(image.head().length())), trail);
	}

	private Mono<LookupResult<DeliveredImage>> sameVersion(ImageKey key, CachedImage image, ImageHead head,
			ByteSpan span, LookupTrail trail) {
		return image.head().etag().equals(head.etag())
				? Mono.just(new LookupResult.Found<>(delivered(key, image, span), trail))
				: Mono.error(new ImageFailure.Changed(key + " is not " + head.etag() + " any more"));
	}

	/**
	 * Where the memory is needed before its reader is at the end, the store has the rest.
	 */
	private DeliveredImage delivered(ImageKey key, CachedImage image, ByteSpan span) {
		Flux<DataBuffer> body = image.bytes()
			.read(span)
			.onErrorResume(EvictedImageException.class,
					(evicted) -> rest(key, image.head(), new ByteSpan(evicted.position(), span.last())));
		return new DeliveredImage(image.head(), body);
	}

	private Flux<DataBuffer> rest(ImageKey key, ImageHead head, ByteSpan rest) {
		return rest.isEmpty() ? Flux.empty() : this.store.bytes(key, head, rest);
	}

}
