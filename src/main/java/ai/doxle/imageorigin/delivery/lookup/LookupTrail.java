package ai.doxle.imageorigin.delivery.lookup;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * Where a request has been: what each place said, and how long it took.
 *
 * @param steps the places, nearest to the store first
 */
public record LookupTrail(List<Step> steps) {

	/** Nowhere yet. */
	public static final LookupTrail EMPTY = new LookupTrail(List.of());

	public LookupTrail {
		steps = List.copyOf(steps);
	}

	/** The trail with a place nearer to the reader. */
	public LookupTrail then(Tier tier, Outcome outcome, Duration time) {
		return new LookupTrail(Stream.concat(this.steps.stream(), Stream.of(new Step(tier, outcome, time))).toList());
	}

	/** The trail with a place nearer to the store. */
	public LookupTrail after(Tier tier, Outcome outcome, Duration time) {
		return new LookupTrail(Stream.concat(Stream.of(new Step(tier, outcome, time)), this.steps.stream()).toList());
	}

	/**
	 * The trail of who went a way before: what places said now, with the time that they
	 * took then, too.
	 */
	public LookupTrail following(LookupTrail before) {
		return new LookupTrail(Arrays.stream(Tier.values())
			.flatMap((tier) -> Stream.of(this, before).flatMap((trail) -> trail.at(tier)).reduce(Step::and).stream())
			.toList());
	}

	private Stream<Step> at(Tier tier) {
		return this.steps.stream().filter((step) -> step.tier() == tier);
	}

	/** The trail if nobody keeps the image after all. */
	public LookupTrail withoutStoring() {
		return new LookupTrail(this.steps.stream()
			.map((step) -> (step.outcome() == Outcome.STORED) ? new Step(step.tier(), Outcome.MISS, step.time()) : step)
			.toList());
	}

	/** A place where images are looked for. */
	public enum Tier {

		/** The store itself. */
		STORE,
		/** The cache of the region. */
		REGION,
		/** The cache of this instance. */
		MEMORY

	}

	/** What a place said. */
	public enum Outcome {

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
	 * @param tier which
	 * @param outcome what it said
	 * @param time how long it took until the answer began
	 */
	public record Step(Tier tier, Outcome outcome, Duration time) {

		Step and(Step before) {
			return new Step(this.tier, this.outcome, this.time.plus(before.time()));
		}

	}

}
