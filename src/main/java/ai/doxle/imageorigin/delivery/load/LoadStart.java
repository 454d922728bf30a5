package ai.doxle.imageorigin.delivery.load;

import java.util.concurrent.atomic.AtomicReference;

import org.jspecify.annotations.Nullable;

import ai.doxle.imageorigin.delivery.lookup.LookupTrail;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.offheap.CachedImage;
import ai.doxle.imageorigin.store.StoredImage;

/**
 * How a load begins, told to everybody who waits for it.
 */
public sealed interface LoadStart {

	/** Where the one who started the load has been. */
	LookupTrail trail();

	/**
	 * The image is being buffered in memory, for all.
	 *
	 * @param image the image on its way
	 * @param filling starts the filling, once those who wait know of it
	 */
	record Buffering(CachedImage image, Runnable filling, LookupTrail trail) implements LoadStart {

	}

	/**
	 * The image is not buffered: too large, or no room. The reader that started the load
	 * has the body that was opened; the others open their own.
	 *
	 * @param head the image's head, its type checked
	 * @param opened the image with the body that has been opened, until it is taken
	 */
	record PassThrough(ImageHead head, AtomicReference<@Nullable StoredImage> opened,
			LookupTrail trail) implements LoadStart {

		PassThrough(StoredImage image, LookupTrail trail) {
			this(image.head(), new AtomicReference<>(image), trail);
		}

		/** Gives the body away, to the one reader of it. */
		public @Nullable StoredImage take() {
			return this.opened.getAndSet(null);
		}

		/** Gives back the body if nobody took it. */
		void abandonUntaken() {
			StoredImage untaken = take();
			if (untaken != null) {
				untaken.abandon();
			}
		}

	}

	/** The image has just come into memory: another load ended while this one began. */
	record AlreadyCached(CachedImage image, LookupTrail trail) implements LoadStart {

	}

	/** There is no such image. */
	record Absent(LookupTrail trail) implements LoadStart {

	}

	/** What is there is no image of an allowed type. */
	record NotAnImage(LookupTrail trail) implements LoadStart {

	}

}
