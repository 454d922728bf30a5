package ai.doxle.imageorigin.delivery.lookup;

import java.time.Duration;

/**
 * Observes deliveries, to count them. Called on the threads that deliver: it must not
 * block or fail.
 */
public interface DeliveryObserver {

	/** Watches nothing. */
	DeliveryObserver NONE = new DeliveryObserver() {
	};

	/**
	 * A reader got a response.
	 * @param trail where the image was looked for
	 * @param found whether there is such an image
	 * @param bytes how many bytes go out, if the reader takes them all; 0 for a head
	 */
	default void answered(LookupTrail trail, boolean found, long bytes) {
	}

	/** A reader's request failed: it is not known whether there is such an image. */
	default void failed() {
	}

	/** A reader joined a load under way. */
	default void followed() {
	}

	/**
	 * A load of a whole image into memory ended.
	 * @param source where the image came from
	 * @param complete whether all bytes came
	 * @param time how long it took
	 * @param bytes how many bytes came
	 */
	default void loaded(LookupTrail.Tier source, boolean complete, Duration time, long bytes) {
	}

}
