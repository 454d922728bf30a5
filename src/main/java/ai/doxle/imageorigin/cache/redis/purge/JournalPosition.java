package ai.doxle.imageorigin.cache.redis.purge;

import java.util.Comparator;

import org.springframework.data.redis.connection.stream.RecordId;

/**
 * A position in the purge journal: the id of an entry.
 *
 * @param time Redis's time when the entry was written, in milliseconds since 1970
 * @param sequence its number within that millisecond
 */
public record JournalPosition(long time, long sequence) implements Comparable<JournalPosition> {

	/** Before the first entry. */
	public static final JournalPosition START = new JournalPosition(0, 0);

	/** After all entries. */
	static final JournalPosition END = new JournalPosition(Long.MAX_VALUE, Long.MAX_VALUE);

	private static final Comparator<JournalPosition> ORDER = Comparator.comparingLong(JournalPosition::time)
		.thenComparingLong(JournalPosition::sequence);

	static JournalPosition of(RecordId id) {
		return parse(id.getValue());
	}

	/**
	 * Parses what {@link #toString} returns.
	 * @throws NumberFormatException if the text is something else
	 */
	public static JournalPosition parse(String text) {
		int dash = Math.max(text.indexOf('-'), 0);
		return new JournalPosition(Long.parseLong(text.substring(0, dash)), Long.parseLong(text.substring(dash + 1)));
	}

	public boolean isAfter(JournalPosition other) {
		return compareTo(other) > 0;
	}

	@Override
	public int compareTo(JournalPosition other) {
		return ORDER.compare(this, other);
	}

	/** The id as Redis writes it. */
	@Override
	public String toString() {
		return this.time + "-" + this.sequence;
	}

}
