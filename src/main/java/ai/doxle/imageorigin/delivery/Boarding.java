package ai.doxle.imageorigin.delivery;

import java.util.concurrent.atomic.AtomicReference;

import org.jspecify.annotations.Nullable;

import ai.doxle.imageorigin.cache.CachedImage;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.store.StoredImage;

/**
 * How a load begins, told to everybody who waits for it.
 */
sealed interface Boarding {

	/** Where the one who started the load has been. */
	Trail trail();

	/**
	 * The image is being gathered in memory, for all.
	 *
	 * @param image the image on its way
	 * @param filling starts the filling, once those who wait know of it
	 */
	record Gathering(CachedImage image, Runnable filling, Trail trail) implements Boarding {

	}

	/**
	 * The image is not gathered: too large, or no room. The reader that started the load
	 * has the body that was opened; the others open their own.
	 *
	 * @param head the image's head, its type judged
	 * @param opened the image with the body that has been opened, until it is taken
	 */
	record PassingThrough(ImageHead head, AtomicReference<@Nullable StoredImage> opened,
			Trail trail) implements Boarding {

		PassingThrough(StoredImage image, Trail trail) {
			this(image.head(), new AtomicReference<>(image), trail);
		}

		/** Gives the body away, to the one reader of it. */
		@Nullable StoredImage take() {
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
	record Landed(CachedImage image, Trail trail) implements Boarding {

	}

	/** There is no such image. */
	record Absent(Trail trail) implements Boarding {

	}

	/** What is there is no image of an allowed type. */
	record NotAnImage(Trail trail) implements Boarding {

	}

}
