package ai.doxle.imageorigin.delivery;

import java.util.List;

import io.netty.buffer.ByteBuf;
import io.netty.channel.FileRegion;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;

import ai.doxle.imageorigin.delivery.lookup.DeliveryObserver;
import ai.doxle.imageorigin.delivery.lookup.LookupTrail;
import ai.doxle.imageorigin.image.ByteSpan;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.offheap.CachedImage;

/**
 * An image that is in memory, ready to be sent.
 */
public final class MemoryHit {

	private final CachedImage image;

	private final LookupTrail trail;

	private final DeliveryObserver observer;

	MemoryHit(CachedImage image, LookupTrail trail, DeliveryObserver observer) {
		this.image = image;
		this.trail = trail;
		this.observer = observer;
	}

	/**
	 * The image's head, its type checked: the same object as long as the same image is
	 * held.
	 */
	public ImageHead head() {
		return this.image.head();
	}

	/** Where the image was looked for. */
	public LookupTrail trail() {
		return this.trail;
	}

	/**
	 * Opens some of its bytes and counts the response.
	 * @return the bytes, which the caller releases; or null if they were evicted just now
	 */
	public @Nullable ByteBuf open(ByteSpan span) {
		ByteBuf slice = this.image.bytes().slice(span);
		if (slice != null) {
			this.observer.answered(this.trail, true, span.length());
		}
		return slice;
	}

	/**
	 * Opens some of its bytes as pieces of a file and counts the response.
	 * @return the pieces in order, which the caller releases; none if the bytes have to
	 * be {@linkplain #open opened} otherwise, or were evicted just now
	 */
	public List<FileRegion> openFile(ByteSpan span) {
		List<FileRegion> regions = this.image.bytes().regions(span);
		if (!regions.isEmpty()) {
			this.observer.answered(this.trail, true, span.length());
		}
		return regions;
	}

	/**
	 * Registers a connection that has not taken all bytes it was given: they may be taken
	 * from it when their memory is needed.
	 * @param release gets it to let go of them
	 * @return ends the registration
	 */
	public Disposable onReclaim(Runnable release) {
		return this.image.bytes().onReclaim(release);
	}

	/** Counts a response without bytes. */
	public void describe() {
		this.observer.answered(this.trail, true, 0);
	}

}
