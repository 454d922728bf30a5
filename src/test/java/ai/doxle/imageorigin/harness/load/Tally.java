package ai.doxle.imageorigin.harness.load;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;

/**
 * How many visits there were, of which kinds, and how they ended.
 */
public final class Tally {

	private final Map<String, LongAdder> counts = new ConcurrentHashMap<>();

	/** How many ended so. */
	public long of(Ending ending) {
		return count("ended " + ending);
	}

	/** How many left so, whatever they got before. */
	public long of(Departure departure) {
		return count("departure " + departure);
	}

	/** How many clients left their answers. */
	public long departures() {
		return of(Ending.LEFT);
	}

	/** How many visits have ended. */
	public long visits() {
		return count("visits");
	}

	/** How many answers said that the image has been stored in memory. */
	public long stored() {
		return count("stored");
	}

	/** How many answers had that status. */
	public long answers(int status) {
		return count("status " + status);
	}

	void answered(int status, String cacheStatus) {
		add("status " + status);
		if (cacheStatus.endsWith("stored")) {
			add("stored");
		}
	}

	void ended(Visit visit, Ending ending) {
		add("ended " + ending);
		if (ending == Ending.LEFT) {
			add("left at " + visit.moment());
			add("subject " + visit.subject());
			add("departure " + visit.departure());
		}
		add("visits");
	}

	private void add(String what) {
		this.counts.computeIfAbsent(what, (_) -> new LongAdder()).increment();
	}

	private long count(String what) {
		LongAdder count = this.counts.get(what);
		return (count != null) ? count.sum() : 0;
	}

	/** All counts by name, in the order of the names. */
	public Map<String, Long> counts() {
		return this.counts.entrySet()
			.stream()
			.collect(Collectors.toMap(Map.Entry::getKey, (entry) -> entry.getValue().sum(), (one, _) -> one,
					TreeMap::new));
	}

	@Override
	public String toString() {
		return counts().toString();
	}

}
