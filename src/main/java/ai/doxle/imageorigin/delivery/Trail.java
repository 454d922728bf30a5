package ai.doxle.imageorigin.delivery;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * Where a request has been: what each place said, and how long it took.
 *
 * @param stops the places, nearest to the store first
 */
public record Trail(List<Stop> stops) {

	/** Nowhere yet. */
	public static final Trail EMPTY = new Trail(List.of());

	public Trail {
		stops = List.copyOf(stops);
	}

	/** The trail with a place nearer to the reader. */
	Trail then(Place place, Word word, Duration time) {
		return new Trail(Stream.concat(this.stops.stream(), Stream.of(new Stop(place, word, time))).toList());
	}

	/** The trail with a place nearer to the store. */
	Trail after(Place place, Word word, Duration time) {
		return new Trail(Stream.concat(Stream.of(new Stop(place, word, time)), this.stops.stream()).toList());
	}

	/**
	 * The trail of who went a way before: what places said now, with the time that they
	 * took then, too.
	 */
	Trail following(Trail before) {
		return new Trail(Arrays.stream(Place.values())
			.flatMap((place) -> Stream.of(this, before).flatMap((trail) -> trail.at(place)).reduce(Stop::and).stream())
			.toList());
	}

	private Stream<Stop> at(Place place) {
		return this.stops.stream().filter((stop) -> stop.place() == place);
	}

	/** The trail if nobody keeps the image after all. */
	Trail withoutStoring() {
		return new Trail(this.stops.stream()
			.map((stop) -> (stop.word() == Word.STORED) ? new Stop(stop.place(), Word.MISS, stop.time()) : stop)
			.toList());
	}

	/** A place where images are looked for. */
	public enum Place {

		/** The store itself. */
		STORE,
		/** The cache of the region. */
		REGION,
		/** The cache of this instance. */
		MEMORY

	}

	/** What a place said. */
	public enum Word {

		/** It has the image, or knows that there is none. */
		HIT,
		/** It does not have the image and does not keep it. */
		MISS,
		/** It does not have the image, but keeps it now. */
		STORED,
		/** The image is being loaded on somebody else's request. */
		COLLAPSED,
		/** It cannot be asked. */
		UNAVAILABLE

	}

	/**
	 * A place that was asked.
	 *
	 * @param place which
	 * @param word what it said
	 * @param time how long it took until the answer began
	 */
	public record Stop(Place place, Word word, Duration time) {

		Stop and(Stop before) {
			return new Stop(this.place, this.word, this.time.plus(before.time()));
		}

	}

}
