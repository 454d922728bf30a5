package ai.doxle.imageorigin.delivery;

import java.time.Duration;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.cache.PurgeListener;
import ai.doxle.imageorigin.delivery.load.CacheTiers;
import ai.doxle.imageorigin.delivery.load.ImageLoader;
import ai.doxle.imageorigin.delivery.load.JoinedLoad;
import ai.doxle.imageorigin.delivery.load.LoadStart;
import ai.doxle.imageorigin.delivery.load.SharedLoads;
import ai.doxle.imageorigin.delivery.lookup.DeliveryObserver;
import ai.doxle.imageorigin.delivery.lookup.LookupResult;
import ai.doxle.imageorigin.delivery.lookup.LookupTrail;
import ai.doxle.imageorigin.delivery.type.TypeCheckedStore;
import ai.doxle.imageorigin.image.ByteSpan;
import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSelection;
import ai.doxle.imageorigin.offheap.CachedImage;
import ai.doxle.imageorigin.runtime.ResourceScope;

/**
 * Finds images for readers: in memory, in a load under way, in the region or in the
 * store, in this order.
 */
public final class ImageDelivery implements PurgeListener {

	private final CacheTiers tiers;

	private final DeliveryObserver observer;

	private final SharedLoads loads;

	private final HeadLookup heads;

	private final BodyLookup bodies;

	ImageDelivery(TypeCheckedStore store, CacheTiers tiers, DeliveryObserver observer) {
		this.tiers = tiers;
		this.observer = observer;
		this.loads = new SharedLoads(new ImageLoader(store, tiers, observer)::load, observer);
		this.heads = new HeadLookup(store, tiers, this.loads, observer);
		this.bodies = new BodyLookup(store, tiers, this.loads);
	}

	/**
	 * Finds the head of an image; nothing is loaded for it.
	 */
	public Mono<LookupResult<ImageHead>> head(ImageKey key) {
		return Mono.defer(() -> this.heads.find(key));
	}

	/**
	 * Opens a whole image.
	 */
	public Mono<LookupResult<DeliveredImage>> open(ImageKey key) {
		return Mono.defer(() -> this.bodies.open(key));
	}

	/**
	 * Opens some bytes of one version of an image.
	 * @param head the version
	 * @param span the bytes, not empty
	 * @param trail where the head was found
	 * @return fails with {@link ImageFailure.Changed} if that version is there no more
	 */
	public Mono<LookupResult<DeliveredImage>> open(ImageKey key, ImageHead head, ByteSpan span, LookupTrail trail) {
		return Mono.defer(() -> this.bodies.open(key, head, span, trail));
	}

	/**
	 * The image if it is in memory, without waiting for anything.
	 */
	public @Nullable MemoryHit memoryHit(ImageKey key) {
		CachedImage image = this.tiers.find(key);
		return (image != null) ? new MemoryHit(image, this.tiers.hit(), this.observer) : null;
	}

	/**
	 * Loads an image into the tiers.
	 */
	public Mono<WarmResult> warm(ImageKey key) {
		return Mono.using(ResourceScope::ofLoad,
				(scope) -> this.loads.join(key).flatMap(ImageDelivery::result).contextWrite(scope::addTo),
				ResourceScope::dispose);
	}

	private static Mono<WarmResult> result(JoinedLoad joined) {
		return switch (joined.start()) {
			case LoadStart.Absent _ -> Mono.just(WarmResult.ABSENT);
			case LoadStart.NotAnImage _ -> Mono.just(WarmResult.NOT_AN_IMAGE);
			case LoadStart.PassThrough _ -> Mono.just(WarmResult.NOT_KEPT);
			case LoadStart.AlreadyCached _ -> Mono.just(WarmResult.CACHED);
			case LoadStart.Buffering _ ->
				joined.load().completion().map((whole) -> whole ? WarmResult.CACHED : WarmResult.BROKEN);
		};
	}

	/**
	 * Forgets that an image was absent, of another type or too large: it has been stored
	 * anew.
	 */
	public void forgetRefusal(ImageKey key) {
		this.tiers.forgetRefusal(key);
	}

	/**
	 * Forgets images and absences in memory, and keeps what is being loaded out of the
	 * tiers. Readers who have begun are served to the end.
	 * @return how many images
	 */
	public long forget(ImageSelection selection) {
		this.loads.forget(selection);
		this.heads.forget(selection);
		return this.tiers.forget(selection);
	}

	@Override
	public void purged(ImageSelection selection) {
		forget(selection);
	}

	/**
	 * Whether this instance hears of the region's purges. While it does not, what it
	 * answers with may have been purged.
	 */
	public boolean isReceivingPurges() {
		return this.tiers.region().isReceivingPurges();
	}

	/** How long an absence is remembered. */
	public Duration negativeTtl() {
		return this.tiers.negativeTtl();
	}

	/** Ends loads that have made no progress for minutes. */
	void endStalledLoads() {
		this.loads.endStalled();
	}

	/** How many images are being loaded. */
	public int loadsUnderWay() {
		return this.loads.count();
	}

	/**
	 * Counts a response to a reader, however many times it took to find it.
	 * @param trail where the image was looked for
	 * @param found whether there is such an image
	 * @param bytes how many of its bytes go out
	 */
	public void answered(LookupTrail trail, boolean found, long bytes) {
		this.observer.answered(trail, found, bytes);
	}

	/** Counts a reader's request that failed. */
	public void failed() {
		this.observer.failed();
	}

}
