package ai.doxle.imageorigin.cache;

import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.offheap.ImageBytes;

/**
 * The right to load an image for the whole region. It is renewed until it is used or
 * given up, and expires soon after its owner died. Exactly one of its methods is called,
 * once. None of them fails: what cannot be written is not cached.
 */
public interface RegionalLease {

	/** The right to load for oneself only. */
	RegionalLease NONE = new RegionalLease() {

		@Override
		public Mono<Void> keep(ImageHead head, ImageBytes bytes) {
			return Mono.empty();
		}

		@Override
		public Mono<Void> keepAbsent() {
			return Mono.empty();
		}

		@Override
		public Mono<Void> giveUp() {
			return Mono.empty();
		}

	};

	/**
	 * Shares an image while it is being loaded: its head at once, its bytes as they
	 * arrive, and commits it when they are complete, unless it was purged meanwhile or
	 * the lease was lost. If the bytes fail, the lease is given up.
	 * @param head the image's head, its type judged
	 * @param bytes the bytes, filled by the load
	 */
	Mono<Void> keep(ImageHead head, ImageBytes bytes);

	/** Remembers that there is no such image, for the negative TTL. */
	Mono<Void> keepAbsent();

	/** Lets others load the image. */
	Mono<Void> giveUp();

}
