package ai.doxle.imageorigin.offheap;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * Files of images that are freed, for those that are loaded next: a new file's pages have
 * to be made, and an old one's freed, which is a sixth of what a miss costs. In a full
 * cache there is an old one for each new image.
 * <p>
 * Only files that were {@linkplain MemoryFile#isSent never sent from} may be used again.
 */
final class SpareFiles {

	/** More than the loads usually under way; looking through them takes no time. */
	private static final int MOST = 64;

	/** A file may exceed an image by that part of it. */
	private static final int WASTE = 16;

	/**
	 * One file may take that part of the limit, so that no large one displaces the rest.
	 */
	private static final int SHARE = 4;

	/** The last one first: its pages may be in the processor's caches. */
	private final Deque<MemoryFile> files = new ArrayDeque<>();

	private long bytes;

	/**
	 * Takes a file for an image, which belongs to the caller from then on.
	 * @param length the image's bytes
	 * @return the file; or null if none is as large as that, and not much larger
	 */
	synchronized @Nullable MemoryFile take(int length) {
		for (Iterator<MemoryFile> each = this.files.iterator(); each.hasNext();) {
			MemoryFile file = each.next();
			if (fits(file, length)) {
				each.remove();
				this.bytes -= file.size();
				return file;
			}
		}
		return null;
	}

	private static boolean fits(MemoryFile file, int length) {
		long rest = file.size() - MemoryFile.sizeFor(length);
		return rest >= 0 && rest <= length / WASTE;
	}

	/**
	 * Keeps a file, unless it is too large.
	 * @param limit the most bytes that may be kept, to which the caller has to
	 * {@linkplain #shrink shrink} them
	 * @return whether it is kept; otherwise the caller has to close it
	 */
	synchronized boolean add(MemoryFile file, long limit) {
		boolean kept = file.size() <= limit / SHARE;
		if (kept) {
			this.files.addFirst(file);
			this.bytes += file.size();
		}
		return kept;
	}

	/**
	 * Gives up what was kept first, beyond a limit.
	 * @param limit the most bytes that may be kept
	 * @return what the caller has to close
	 */
	synchronized List<MemoryFile> shrink(long limit) {
		List<MemoryFile> surplus = new ArrayList<>();
		while (!this.files.isEmpty() && (this.bytes > limit || this.files.size() > MOST)) {
			MemoryFile oldest = this.files.removeLast();
			this.bytes -= oldest.size();
			surplus.add(oldest);
		}
		return surplus;
	}

	/** How many there are. */
	synchronized int count() {
		return this.files.size();
	}

	/** Their bytes. */
	synchronized long bytes() {
		return this.bytes;
	}

}
