package ai.doxle.imageorigin.delivery;

import java.time.Duration;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.cache.CachedImage;
import ai.doxle.imageorigin.cache.PurgeListener;
import ai.doxle.imageorigin.image.ByteSpan;
import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSelection;
import ai.doxle.imageorigin.runtime.ResourceScope;

/**
 * Finds images for readers: in memory, in a load under way, in the region or in the
 * store, in this order.
 */
public final class ImageDelivery implements PurgeListener {

	private final Tiers tiers;

	private final DeliveryObserver observer;

	private final ImageFlights flights;

	private final ImageHeads heads;

	private final ImageBodies bodies;

	ImageDelivery(JudgedStore store, Tiers tiers, DeliveryObserver observer) {
		this.tiers = tiers;
		this.observer = observer;
		this.flights = new ImageFlights(new ImageLoader(store, tiers, observer)::load, observer);
		this.heads = new ImageHeads(store, tiers, this.flights, observer);
		this.bodies = new ImageBodies(store, tiers, this.flights);
	}

	/**
	 * Finds the head of an image; nothing is loaded for it.
	 */
	public Mono<Finding<ImageHead>> head(ImageKey key) {
		return Mono.defer(() -> this.heads.find(key));
	}

	/**
	 * Opens a whole image.
	 */
	public Mono<Finding<DeliveredImage>> open(ImageKey key) {
		return Mono.defer(() -> this.bodies.open(key));
	}

	/**
	 * Opens some bytes of one version of an image.
	 * @param head the version
	 * @param span the bytes, not empty
	 * @param trail where the head was found
	 * @return fails with {@link ImageFailure.Changed} if that version is there no more
	 */
	public Mono<Finding<DeliveredImage>> open(ImageKey key, ImageHead head, ByteSpan span, Trail trail) {
		return Mono.defer(() -> this.bodies.open(key, head, span, trail));
	}

	/**
	 * The image if it is in memory, without waiting for anything.
	 */
	public @Nullable HeldImage hold(ImageKey key) {
		CachedImage image = this.tiers.find(key);
		return (image != null) ? new HeldImage(image, this.tiers.hit(), this.observer) : null;
	}

	/**
	 * Loads an image into the tiers.
	 * @return whether the whole image has come into memory; false if there is none, or
	 * none that the tiers take
	 */
	public Mono<Boolean> warm(ImageKey key) {
		return Mono.using(ResourceScope::ofLoad,
				(scope) -> this.flights.board(key)
					.flatMap((passenger) -> passenger.flight().landing())
					.contextWrite(scope::addTo),
				ResourceScope::dispose);
	}

	/**
	 * Forgets images and absences in memory, and keeps what is being loaded out of the
	 * tiers. Readers who have begun are served to the end.
	 * @return how many images
	 */
	public long forget(ImageSelection selection) {
		this.flights.forget(selection);
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
		this.flights.endStalled();
	}

	/** How many images are being loaded. */
	public int loadsUnderWay() {
		return this.flights.count();
	}

	/**
	 * Counts an answer to a reader, however many times it took to find it.
	 * @param trail where the image was looked for
	 * @param found whether there is such an image
	 * @param bytes how many of its bytes go out
	 */
	public void answered(Trail trail, boolean found, long bytes) {
		this.observer.answered(trail, found, bytes);
	}

	/** Counts a reader's request that failed. */
	public void failed() {
		this.observer.failed();
	}

}
