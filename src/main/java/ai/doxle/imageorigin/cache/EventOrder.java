package ai.doxle.imageorigin.cache;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The order of events: which one is the latest for a subject, such as an object, and
 * whether its work is done. Events arrive repeatedly, late and in any order.
 */
public interface EventOrder {

	/**
	 * Begins an event.
	 * @param subject what it is about
	 * @param sequence tells events of a subject apart and puts them in order, by
	 * comparison of text; all have the same length
	 * @param version the version that the event made; empty if it made none
	 * @return whether its work is to be done; fails if that cannot be told at the moment
	 */
	Mono<Turn> begin(String subject, String sequence, String version);

	/**
	 * Notes that the work of an event is done, so that its repetitions are known. No
	 * effect if a later event has begun.
	 */
	Mono<Void> end(String subject, String sequence);

	/** What is to be done about an event. */
	sealed interface Turn {

		/**
		 * No later event has begun, and its own work is not known to be done.
		 *
		 * @param before the version that the event before it made, or null if it made
		 * none, or is not known
		 * @param unfinished whether work of this event, or of the one before it, had
		 * begun and is not known to be done: it may have emptied the tiers without having
		 * told the CDN
		 */
		record Due(@Nullable String before, boolean unfinished) implements Turn {

			/** Nothing is known of any event before it. */
			public static final Due FIRST = new Due(null, false);

		}

		/** A later event has begun. */
		record Late() implements Turn {

		}

		/** Its work is done. */
		record Repeated() implements Turn {

		}

	}

}
