package ai.doxle.imageorigin.admin;

import java.time.Duration;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

import ai.doxle.imageorigin.cache.RegionalCache;
import ai.doxle.imageorigin.image.ImageSelection;

/**
 * Purges images from the inside out: this instance, the region with its other instances,
 * this instance once more because it may have read from the region meanwhile, and then
 * the CDN, which asks the region at once. An instance that does not acknowledge the purge
 * makes it a failure, but does not keep the CDN from being told.
 */
public final class ImagePurge {

	private static final Duration REGION_TIMEOUT = Duration.ofSeconds(30);

	private static final Logger logger = LoggerFactory.getLogger(ImagePurge.class);

	private final InstanceImages images;

	private final @Nullable RegionalCache region;

	private final CdnInvalidation cdn;

	private final Scheduler scheduler;

	/**
	 * @param images this instance's images
	 * @param region the regional tier, or null if there is none
	 * @param cdn the CDN
	 * @param scheduler where this instance's images are gone through, which takes a while
	 * if they are many
	 */
	ImagePurge(InstanceImages images, @Nullable RegionalCache region, CdnInvalidation cdn, Scheduler scheduler) {
		this.images = images;
		this.region = region;
		this.cdn = cdn;
		this.scheduler = scheduler;
	}

	/**
	 * Purges images. Goes on if the caller leaves.
	 * @return what was forgotten; fails with a {@link PurgeFailure}
	 */
	public Mono<PurgeResult> purge(ImageSelection selection) {
		return Mono.defer(() -> steps(selection).cache());
	}

	private Mono<PurgeResult> steps(ImageSelection selection) {
		return Mono.fromSupplier(() -> PurgeResult.here(this.images.forget(selection)))
			.subscribeOn(this.scheduler)
			.flatMap((purged) -> forgetInRegion(selection, purged))
			.publishOn(this.scheduler)
			.map((purged) -> purged.andHere(this.images.forget(selection)))
			.flatMap((purged) -> invalidate(selection, purged))
			.doOnNext(ImagePurge::requireAcknowledged)
			.doOnNext((purged) -> logger.info("Purged {}: {}", selection, purged));
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
	}

	private Mono<PurgeResult> invalidate(ImageSelection selection, PurgeResult purged) {
		return this.cdn.invalidate(selection)
			.map(purged::atCdn)
			.defaultIfEmpty(purged)
			.onErrorMap((failure) -> new PurgeFailure.CdnUntold(purged, failure));
	}

}
