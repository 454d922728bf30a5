package ai.doxle.imageorigin.admin.events;

import java.io.Serial;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

import ai.doxle.imageorigin.admin.ImagePurge;
import ai.doxle.imageorigin.admin.ImageWarming;
import ai.doxle.imageorigin.admin.events.payload.ImageEvent;
import ai.doxle.imageorigin.cache.EventOrder.Turn;
import ai.doxle.imageorigin.cache.LocalCache;
import ai.doxle.imageorigin.cache.RegionalAnswer;
import ai.doxle.imageorigin.cache.RegionalCache;
import ai.doxle.imageorigin.delivery.ImageDelivery;
import ai.doxle.imageorigin.delivery.WarmResult;
import ai.doxle.imageorigin.image.ETag;
import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSelection;
import ai.doxle.imageorigin.offheap.CachedImage;

/**
 * Brings an image that was stored into the tiers of the region, in these steps:
 * <ol>
 * <li>look which versions the tiers have;
 * <li>purge, here and at the CDN, if one of them is another version, or if work on an
 * event about it has begun and was not finished;
 * <li>otherwise forget a remembered absence;
 * <li>load the image, unless the region has it already, or it is too large;
 * <li>wait until the region has it. If that is another version than the event's, a load
 * that had begun before the image was stored may have brought it: once more from the
 * start.
 * </ol>
 */
final class CreatedImages {

	private static final int ATTEMPTS = 2;

	/** How the region is asked whether a load has been committed: for a few seconds. */
	private static final Retry UNTIL_COMMITTED = Retry.backoff(12, Duration.ofMillis(5))
		.maxBackoff(Duration.ofMillis(500))
		.filter(NotCommittedException.class::isInstance)
		.onRetryExhaustedThrow((retry, signal) -> signal.failure());

	/** Half a minute: one object that cannot be read must not keep others waiting. */
	private static final Retry WHILE_LOADING = Retry.backoff(6, Duration.ofMillis(500))
		.maxBackoff(Duration.ofSeconds(10))
		.filter(ImageFailure.class::isInstance)
		.onRetryExhaustedThrow((retry, signal) -> new UnreadableException(signal.failure()));

	private final ImageDelivery delivery;

	private final LocalCache memory;

	private final @Nullable RegionalCache region;

	private final ImagePurge purge;

	private final ImageWarming warming;

	/**
	 * @param region the regional tier, or null if there is none
	 */
	CreatedImages(ImageDelivery delivery, LocalCache memory, @Nullable RegionalCache region, ImagePurge purge,
			ImageWarming warming) {
		this.delivery = delivery;
		this.memory = memory;
		this.region = region;
		this.purge = purge;
		this.warming = warming;
	}

	/**
	 * Brings an image into the tiers.
	 * @param due what is known of earlier events about the image
	 * @return how that ended; fails with an {@link ImageFailure} or a
	 * {@link ai.doxle.imageorigin.admin.PurgeFailure} if it has to be done again
	 */
	Mono<EventOutcome> refresh(ImageKey key, ImageEvent.Created event, Turn.Due due) {
		return refresh(new Upload(key, event.etag(), event.size()), due, 1);
	}

	private Mono<EventOutcome> refresh(Upload upload, Turn.Due due, int attempt) {
		return look(upload.key()).flatMap((found) -> {
			if (isStale(upload, found, due)) {
				return this.purge.purgeRegion(one(upload.key()))
					.then(load(upload, attempt))
					.map((outcome) -> (outcome == EventOutcome.WARMED) ? EventOutcome.REPLACED : outcome);
			}
			return found.isComplete() ? Mono.just(EventOutcome.UNCHANGED)
					: forgetRefusal(upload.key(), found).then(load(upload, attempt));
		});
	}

	private Mono<Found> look(ImageKey key) {
		return ask(key).map((answer) -> new Found(memoryTag(key), answer));
	}

	/** Fails if the region cannot be asked: without it nothing can be settled. */
	private Mono<RegionalAnswer> ask(ImageKey key) {
		return (this.region != null) ? this.region.look(key).doOnNext((answer) -> {
			if (answer instanceof RegionalAnswer.Unavailable) {
				throw new ImageFailure.Unavailable("the region cannot be asked", null);
			}
		}) : Mono.just(new RegionalAnswer.Off());
	}

	private @Nullable ETag memoryTag(ImageKey key) {
		CachedImage image = this.memory.find(key);
		return (image != null) ? image.head().etag() : null;
	}

	private static boolean isStale(Upload upload, Found found, Turn.Due due) {
		Optional<ETag> earlier = Optional.ofNullable(due.before()).map(ETag::parse);
		return due.unfinished() || Stream.concat(found.tags(), earlier.stream()).anyMatch((tag) -> !upload.isOf(tag));
	}

	private static ImageSelection one(ImageKey key) {
		return new ImageSelection.OneImage(key);
	}

	/** The region's absence may be remembered in its other instances, too. */
	private Mono<Void> forgetRefusal(ImageKey key, Found found) {
		return Mono.fromRunnable(() -> this.delivery.forgetRefusal(key))
			.then((found.regional() instanceof RegionalAnswer.KnownAbsent) ? this.purge.purgeTiers(one(key)).then()
					: Mono.empty());
	}

	private Mono<EventOutcome> load(Upload upload, int attempt) {
		if (!takes(upload.size())) {
			return Mono.just(EventOutcome.TOO_LARGE);
		}
		return warm(upload.key()).flatMap((result) -> switch (result) {
			case CACHED -> confirm(upload, attempt);
			case ABSENT -> absent(upload, attempt);
			case NOT_AN_IMAGE -> Mono.just(EventOutcome.NOT_AN_IMAGE);
			case NOT_KEPT, BROKEN -> Mono.just(EventOutcome.NOT_KEPT);
		});
	}

	private Mono<WarmResult> warm(ImageKey key) {
		return Mono.defer(() -> this.warming.warm(key))
			.flatMap((result) -> (result != WarmResult.BROKEN) ? Mono.just(result)
					: Mono.<WarmResult>error(new ImageFailure.Unavailable("the load of " + key + " broke off", null)))
			.retryWhen(WHILE_LOADING);
	}

	private boolean takes(long size) {
		return size < 0 || this.memory.takes(size) || (this.region != null && this.region.takes(size));
	}

	/** A load that had begun before the image was stored finds none. */
	private Mono<EventOutcome> absent(Upload upload, int attempt) {
		return (attempt < ATTEMPTS) ? again(upload, attempt) : Mono.just(EventOutcome.ABSENT);
	}

	private Mono<EventOutcome> confirm(Upload upload, int attempt) {
		return committed(upload)
			.flatMap((tag) -> (upload.mayBe(tag) || attempt == ATTEMPTS) ? Mono.just(EventOutcome.WARMED)
					: refresh(upload, Turn.Due.FIRST, attempt + 1))
			.switchIfEmpty(Mono.defer(() -> uncommitted(upload, attempt)));
	}

	/**
	 * Redis may have failed for a moment; memory, which has the image, would hide that.
	 */
	private Mono<EventOutcome> uncommitted(Upload upload, int attempt) {
		return (attempt < ATTEMPTS) ? again(upload, attempt) : Mono.just(EventOutcome.NOT_KEPT);
	}

	private Mono<EventOutcome> again(Upload upload, int attempt) {
		return this.purge.purgeTiers(one(upload.key())).then(Mono.defer(() -> load(upload, attempt + 1)));
	}

	/** The version that the region has committed; empty if it keeps none. */
	private Mono<ETag> committed(Upload upload) {
		boolean isShared = this.region != null && (upload.size() < 0 || this.region.takes(upload.size()));
		return look(upload.key())
			.flatMap((found) -> (found.isSettled() || !isShared) ? Mono.justOrEmpty(found.tags().findFirst())
					: Mono.<ETag>error(new NotCommittedException()))
			.retryWhen(UNTIL_COMMITTED)
			.onErrorResume(NotCommittedException.class, (missing) -> Mono.empty());
	}

	/**
	 * What was stored.
	 *
	 * @param etag the entity tag, or null if the event did not say
	 * @param size bytes; negative if the event did not say
	 */
	private record Upload(ImageKey key, @Nullable ETag etag, long size) {

		/** Whether a version is the one that was stored. */
		boolean isOf(ETag version) {
			return this.etag != null && this.etag.matchesWeakly(version);
		}

		/** Likewise, or the event did not say. */
		boolean mayBe(ETag version) {
			return this.etag == null || isOf(version);
		}

	}

	/**
	 * What the tiers have of an image.
	 *
	 * @param inMemory the entity tag of the copy in this instance, or null
	 * @param regional what the region says
	 */
	private record Found(@Nullable ETag inMemory, RegionalAnswer regional) {

		/** The versions that the tiers have, the region's first. */
		Stream<ETag> tags() {
			ETag shared = (this.regional instanceof RegionalAnswer.Held held) ? held.head().etag() : null;
			return Stream.of(Optional.ofNullable(shared), Optional.ofNullable(this.inMemory)).flatMap(Optional::stream);
		}

		/**
		 * Whether the region has the image, or this instance where there is no region.
		 */
		boolean isComplete() {
			return this.regional instanceof RegionalAnswer.Held
					|| (this.regional instanceof RegionalAnswer.Off && Objects.nonNull(this.inMemory));
		}

		/** Whether nothing is to be waited for. */
		boolean isSettled() {
			return this.regional instanceof RegionalAnswer.Held || this.regional instanceof RegionalAnswer.Off;
		}

	}

	/** The image could not be loaded, several times. */
	private static final class UnreadableException extends RuntimeException {

		@Serial
		private static final long serialVersionUID = 1L;

		UnreadableException(Throwable cause) {
			super("the image cannot be loaded: " + cause.getMessage(), cause, false, false);
		}

	}

	/** The region does not have the image yet. */
	private static final class NotCommittedException extends RuntimeException {

		@Serial
		private static final long serialVersionUID = 1L;

		NotCommittedException() {
			super("not committed", null, false, false);
		}

	}

}
