package ai.doxle.imageorigin.cache.redis.purge;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;

import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSelection;
import ai.doxle.imageorigin.image.ImageTags;

/**
 * The purges that are known here, to tell whether something in Redis is older than one
 * that takes it. So nothing purged comes back, even if Redis evicted the index by which
 * it would have been found and deleted.
 */
final class RecentPurges {

	private final int capacity;

	private final Map<ImageSelection, JournalPosition> latest = new ConcurrentHashMap<>();

	/** In the order of the journal. Touched by its one reader only. */
	private final Queue<PurgeEntry> order = new ArrayDeque<>();

	private volatile JournalPosition newest = JournalPosition.START;

	/**
	 * @param capacity how many are remembered
	 */
	RecentPurges(int capacity) {
		this.capacity = capacity;
	}

	/** Adds a purge, later than all before. */
	void add(PurgeEntry purge) {
		this.latest.put(purge.selection(), purge.position());
		this.newest = purge.position();
		this.order.add(purge);
		while (this.order.size() > this.capacity) {
			PurgeEntry oldest = this.order.remove();
			this.latest.remove(oldest.selection(), oldest.position());
		}
	}

	/**
	 * Whether an image was purged.
	 * @param since where the journal was when the image's load began
	 */
	boolean tookSince(ImageKey key, JournalPosition since) {
		return this.newest.isAfter(since) && selections(key).stream()
			.map((selection) -> this.latest.getOrDefault(selection, JournalPosition.START))
			.anyMatch((purged) -> purged.isAfter(since));
	}

	/** Everything by which an image can be purged. */
	private static List<ImageSelection> selections(ImageKey key) {
		List<ImageSelection> selections = new ArrayList<>();
		selections.add(new ImageSelection.All());
		selections.add(new ImageSelection.OneImage(key));
		ImageTags.of(key).forEach((tag) -> selections.add(new ImageSelection.Tagged(tag)));
		for (String directory : PurgeIndex.directories(key)) {
			if (!directory.isEmpty()) {
				// a slash at the end is dropped, so that the path may end with one itself
				selections.add(new ImageSelection.Below(directory + "/"));
			}
		}
		return selections;
	}

}
