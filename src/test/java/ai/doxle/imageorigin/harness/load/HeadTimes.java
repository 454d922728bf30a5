package ai.doxle.imageorigin.harness.load;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How long heads of answers have taken lately, so that clients can leave about when the
 * next one comes, on a fast machine and on a slow one.
 */
final class HeadTimes {

	/** The delay of S3, and a little more. */
	private static final long FIRST_GUESS = 25_000_000;

	/** How much the latest head counts. */
	private static final double WEIGHT = 0.1;

	private final Map<Subject, Long> nanos = new ConcurrentHashMap<>();

	void add(Subject subject, long time) {
		this.nanos.merge(subject, time, (mean, latest) -> (long) (mean + WEIGHT * (latest - mean)));
	}

	/** The mean, in nanoseconds. */
	long of(Subject subject) {
		return this.nanos.getOrDefault(subject, FIRST_GUESS);
	}

}
