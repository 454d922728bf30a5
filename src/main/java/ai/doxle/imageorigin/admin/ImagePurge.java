package ai.doxle.imageorigin.admin;

import java.time.Duration;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

import ai.doxle.imageorigin.cache.RegionalCache;
import ai.doxle.imageorigin.image.ImageSelection;

/**
 * Purges images from the inside out: this instance, the region with its other instances,
 * this instance once more because it may have read from the region meanwhile, the other
 * regions, and then the CDN, which asks the region at once. An instance that does not
 * acknowledge the purge, or a region that cannot be told, makes it a failure, but does
 * not keep the CDN from being told.
 */
public final class ImagePurge {

	private static final Duration REGION_TIMEOUT = Duration.ofSeconds(30);

	private static final Logger logger = LoggerFactory.getLogger(ImagePurge.class);

	private final InstanceImages images;

	private final @Nullable RegionalCache region;

	private final CdnInvalidation cdn;

	private final PeerRegions peers;

	private final Scheduler scheduler;

	/**
	 * @param images this instance's images
	 * @param region the regional tier, or null if there is none
	 * @param cdn the CDN
	 * @param peers the other regions
	 * @param scheduler where this instance's images are gone through, which takes a while
	 * if they are many
	 */
	ImagePurge(InstanceImages images, @Nullable RegionalCache region, CdnInvalidation cdn, PeerRegions peers,
			Scheduler scheduler) {
		this.images = images;
		this.region = region;
		this.cdn = cdn;
		this.peers = peers;
		this.scheduler = scheduler;
	}

	/**
	 * Purges images, in this region, in the others and at the CDN. Goes on if the caller
	 * leaves.
	 * @return what was forgotten; fails with a {@link PurgeFailure}
	 */
	public Mono<PurgeResult> purge(ImageSelection selection) {
		return lasting(selection, () -> tiers(selection).flatMap((purged) -> tellPeers(selection, purged))
			.flatMap((purged) -> invalidate(selection, purged)));
	}

	/**
	 * Likewise, but does not tell the other regions.
	 */
	public Mono<PurgeResult> purgeRegion(ImageSelection selection) {
		return lasting(selection, () -> tiers(selection).flatMap((purged) -> invalidate(selection, purged)));
	}

	/**
	 * Likewise, in the tiers of this region only.
	 */
	public Mono<PurgeResult> purgeTiers(ImageSelection selection) {
		return lasting(selection, () -> tiers(selection));
	}

	private static Mono<PurgeResult> lasting(ImageSelection selection, Supplier<Mono<PurgeResult>> steps) {
		return Mono.defer(() -> steps.get()
			.doOnNext(ImagePurge::requireAcknowledged)
			.doOnNext((purged) -> logger.info("Purged {}: {}", selection, purged))
			.cache());
	}

	private Mono<PurgeResult> tiers(ImageSelection selection) {
		return Mono.fromSupplier(() -> PurgeResult.here(this.images.forget(selection)))
			.subscribeOn(this.scheduler)
			.flatMap((purged) -> forgetInRegion(selection, purged))
			.publishOn(this.scheduler)
			.map((purged) -> purged.andHere(this.images.forget(selection)));
	}

	private Mono<PurgeResult> tellPeers(ImageSelection selection, PurgeResult purged) {
		return this.peers.tell(selection).map(purged::inOtherRegions).defaultIfEmpty(purged);
	}

	private Mono<PurgeResult> forgetInRegion(ImageSelection selection, PurgeResult purged) {
		if (this.region == null) {
			return Mono.just(purged);
		}
		return this.region.forget(selection)
			.timeout(REGION_TIMEOUT)
			.map(purged::inRegion)
			.defaultIfEmpty(purged)
			.onErrorMap((failure) -> new PurgeFailure.RegionUntold(purged, failure));
	}

	private static void requireAcknowledged(PurgeResult purged) {
		if (!purged.unacknowledged().isEmpty()) {
			throw new PurgeFailure.Unacknowledged(purged);
		}
		if (!purged.untold().isEmpty()) {
			throw new PurgeFailure.PeersUntold(purged);
		}
	}

	private Mono<PurgeResult> invalidate(ImageSelection selection, PurgeResult purged) {
		return this.cdn.invalidate(selection)
			.map(purged::atCdn)
			.defaultIfEmpty(purged)
			.onErrorMap((failure) -> new PurgeFailure.CdnUntold(purged, failure));
	}

}
