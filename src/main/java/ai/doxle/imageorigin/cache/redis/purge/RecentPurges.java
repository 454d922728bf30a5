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
 * The latest purges, to tell whether an image in Redis is older than a purge of it. So a
 * purged image is never served again, even if Redis had evicted the index by which it
 * would have been found and deleted.
 */
final class RecentPurges {

	private final int capacity;

	private final Map<ImageSelection, JournalPosition> latest = new ConcurrentHashMap<>();

	/** In the order of the journal. Used by the thread that reads it only. */
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
	 * Whether an image was purged since.
	 * @param since the position of the journal when the image's load began
	 */
	boolean isPurgedSince(ImageKey key, JournalPosition since) {
		return this.newest.isAfter(since) && selections(key).stream()
			.map((selection) -> this.latest.getOrDefault(selection, JournalPosition.START))
			.anyMatch((purged) -> purged.isAfter(since));
	}

	/** All selections that cover an image. */
	private static List<ImageSelection> selections(ImageKey key) {
		List<ImageSelection> selections = new ArrayList<>();
		selections.add(new ImageSelection.All());
		selections.add(new ImageSelection.OneImage(key));
		ImageTags.of(key).forEach((tag) -> selections.add(new ImageSelection.Tagged(tag)));
		for (String directory : PurgeIndex.directories(key)) {
			if (!directory.isEmpty()) {
				// Below drops one trailing slash, and the directory may end with one
				// itself
				selections.add(new ImageSelection.Below(directory + "/"));
			}
		}
		return selections;
	}

}
