package ai.doxle.imageorigin.delivery.load;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;

import ai.doxle.imageorigin.cache.LocalCache;
import ai.doxle.imageorigin.cache.RegionalCache;
import ai.doxle.imageorigin.delivery.lookup.LookupResult;
import ai.doxle.imageorigin.delivery.lookup.LookupTrail;
import ai.doxle.imageorigin.delivery.lookup.LookupTrail.Outcome;
import ai.doxle.imageorigin.delivery.lookup.LookupTrail.Tier;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSelection;
import ai.doxle.imageorigin.offheap.CachedImage;
import ai.doxle.imageorigin.offheap.ImageMemory;

/**
 * The cache tiers as deliveries use them, and what they add to a trail.
 */
public final class CacheTiers {

	private final LocalCache local;

	private final RegionalCache region;

	private final ImageMemory memory;

	private final Duration negativeTtl;

	private final NegativeCache absences = new NegativeCache();

	/** What is no image of an allowed type. */
	private final NegativeCache denials = new NegativeCache();

	private final LargeImages large = new LargeImages();

	private final AtomicInteger purges = new AtomicInteger();

	private final LookupTrail hit;

	public CacheTiers(LocalCache local, RegionalCache region, ImageMemory memory, Duration negativeTtl) {
		this.local = local;
		this.region = region;
		this.memory = memory;
		this.negativeTtl = negativeTtl;
		this.hit = memory(LookupTrail.EMPTY, Outcome.HIT, Duration.ZERO);
	}

	public RegionalCache region() {
		return this.region;
	}

	ImageMemory memory() {
		return this.memory;
	}

	public Duration negativeTtl() {
		return this.negativeTtl;
	}

	/** Whether any tier keeps images. */
	boolean areOn() {
		return takes(1);
	}

	/**
	 * Whether any tier would keep an image of that many bytes. None keeps one without
	 * bytes: it is an upload that failed, and its repetition has to be seen.
	 */
	boolean takes(long length) {
		return length > 0 && (this.local.takes(length) || this.region.takes(length));
	}

	/**
	 * Whether an image of that many bytes is buffered in memory: if a tier keeps it, or
	 * it is so small that to share it costs less than to read it for each client apart.
	 */
	boolean buffers(long length) {
		return takes(length) || (length > 0 && length <= ImageMemory.SMALL);
	}

	/** Whether an image of that many bytes can be loaded into the tiers now. */
	public boolean hasRoom(long length) {
		return takes(length) && this.memory.hasRoom(length);
	}

	/** Whether an image is known to be one that no tier takes. */
	public boolean knowsLarge(ImageKey key) {
		return this.large.contains(key);
	}

	/** Remembers whether an image is one that is not buffered. */
	public void seen(ImageKey key, ImageHead head) {
		this.large.remember(key, !buffers(head.length()));
	}

	public @Nullable CachedImage find(ImageKey key) {
		return this.local.find(key);
	}

	/** What the memory tier knows of an image that cannot be had, or null. */
	public <T> @Nullable LookupResult<T> knownRefusal(ImageKey key) {
		if (!this.local.isOn()) {
			return null;
		}
		if (this.absences.contains(key)) {
			return new LookupResult.Absent<>(this.hit);
		}
		return this.denials.contains(key) ? new LookupResult.NotAnImage<>(this.hit) : null;
	}

	/**
	 * Keeps a whole image in memory, unless it was purged while it was loaded: then
	 * another may have taken its place already. A purge marks the load first and clears
	 * the memory then, so that one that comes meanwhile either finds the image, or we
	 * find the mark.
	 */
	void keep(SharedLoad load, CachedImage image) {
		if (load.isPurged()) {
			return;
		}
		this.absences.forget(load.key());
		if (this.local.takes(image.bytes().length())) {
			this.local.keep(load.key(), image);
		}
		if (load.isPurged()) {
			this.local.forget(load.key(), image);
		}
	}

	/** Remembers an absence that was found by a load. */
	public LookupTrail absent(SharedLoad load, Duration rest, LookupTrail trail) {
		LookupTrail whole = absent(load.key(), rest, trail);
		if (load.isPurged()) {
			this.absences.forget(load.key());
		}
		return whole;
	}

	/**
	 * Remembers an absence that was found without a load.
	 * @param since how many purges there had been when it was looked for; one that came
	 * after that may have been about this image
	 */
	public LookupTrail absent(ImageKey key, Duration rest, int since, LookupTrail trail) {
		LookupTrail whole = absent(key, rest, trail);
		if (this.purges.get() != since) {
			this.absences.forget(key);
		}
		return whole;
	}

	/**
	 * Remembers that what is stored is no allowed image.
	 * @param since how many purges there had been when it was looked at; one that came
	 * after that may have been about this image
	 */
	public LookupTrail denied(ImageKey key, int since, LookupTrail trail) {
		this.denials.remember(key, this.negativeTtl);
		if (this.purges.get() != since) {
			this.denials.forget(key);
		}
		return trail;
	}

	/** How many purges there have been. */
	public int purges() {
		return this.purges.get();
	}

	private LookupTrail absent(ImageKey key, Duration rest, LookupTrail trail) {
		this.absences.remember(key, rest);
		return memory(trail, Outcome.STORED, Duration.ZERO);
	}

	/**
	 * Forgets images and absences.
	 * @return how many images
	 */
	public long forget(ImageSelection selection) {
		this.purges.incrementAndGet();
		this.absences.forget(selection);
		this.denials.forget(selection);
		this.large.forget(selection);
		return this.local.forget(selection);
	}

	/** Forgets what was remembered of an image that could not be had. */
	public void forgetRefusal(ImageKey key) {
		this.purges.incrementAndGet();
		this.absences.forget(key);
		this.denials.forget(key);
		this.large.remember(key, false);
	}

	/** The trail of an image that is buffered. */
	LookupTrail stored(LookupTrail trail, ImageHead head) {
		LookupTrail kept = this.region.takes(head.length()) ? trail : trail.withoutStoring();
		return memory(kept, this.local.takes(head.length()) ? Outcome.STORED : Outcome.MISS, Duration.ZERO);
	}

	/** The trail of an image that no tier keeps. */
	public LookupTrail passed(LookupTrail trail) {
		return memory(trail.withoutStoring(), Outcome.MISS, Duration.ZERO);
	}

	/** The trail of who asked the store past all tiers. */
	public LookupTrail fromStore(Duration time) {
		return passed(LookupTrail.EMPTY.then(Tier.STORE, Outcome.HIT, time));
	}

	/** The trail of what the memory tier has. */
	public LookupTrail hit() {
		return this.hit;
	}

	/** The trail of a request that joined a load under way. */
	public static LookupTrail collapsed(Duration time) {
		return LookupTrail.EMPTY.then(Tier.MEMORY, Outcome.COLLAPSED, time);
	}

	/** A trail that begins in the region. */
	public static LookupTrail region(Outcome outcome, Duration time) {
		return LookupTrail.EMPTY.then(Tier.REGION, outcome, time);
	}

	private LookupTrail memory(LookupTrail trail, Outcome outcome, Duration time) {
		return this.local.isOn() ? trail.then(Tier.MEMORY, outcome, time) : trail;
	}

}
