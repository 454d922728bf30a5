package ai.doxle.imageorigin.delivery;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;

import ai.doxle.imageorigin.cache.CachedImage;
import ai.doxle.imageorigin.cache.ImageMemory;
import ai.doxle.imageorigin.cache.LocalCache;
import ai.doxle.imageorigin.cache.RegionalCache;
import ai.doxle.imageorigin.delivery.Trail.Place;
import ai.doxle.imageorigin.delivery.Trail.Word;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSelection;

/**
 * The cache tiers as the delivery room uses them, and what they do to a trail.
 */
final class Tiers {

	private final LocalCache local;

	private final RegionalCache region;

	private final ImageMemory memory;

	private final Duration negativeTtl;

	private final Absences absences = new Absences();

	/** What is no image of an allowed type. */
	private final Absences denials = new Absences();

	private final LargeImages large = new LargeImages();

	private final AtomicInteger purges = new AtomicInteger();

	private final Trail hit;

	Tiers(LocalCache local, RegionalCache region, ImageMemory memory, Duration negativeTtl) {
		this.local = local;
		this.region = region;
		this.memory = memory;
		this.negativeTtl = negativeTtl;
		this.hit = memory(Trail.EMPTY, Word.HIT, Duration.ZERO);
	}

	RegionalCache region() {
		return this.region;
	}

	ImageMemory memory() {
		return this.memory;
	}

	Duration negativeTtl() {
		return this.negativeTtl;
	}

	/**
	 * Whether any tier would keep an image of that many bytes. None keeps one without
	 * bytes: it is an upload that failed, and its repetition has to be seen.
	 */
	boolean takes(long length) {
		return length > 0 && (this.local.takes(length) || this.region.takes(length));
	}

	/**
	 * Whether an image of that many bytes is gathered in memory: if a tier keeps it, or
	 * it is so small that to share it costs less than to read it for each client apart.
	 */
	boolean gathers(long length) {
		return takes(length) || (length > 0 && length <= ImageMemory.SMALL);
	}

	/** Whether an image of that many bytes can be loaded into the tiers now. */
	boolean hasRoom(long length) {
		return takes(length) && this.memory.hasRoom(length);
	}

	/** Whether an image is known to be one that no tier takes. */
	boolean knowsLarge(ImageKey key) {
		return this.large.contains(key);
	}

	/** Remembers whether an image is one that is not gathered. */
	void seen(ImageKey key, ImageHead head) {
		this.large.remember(key, !gathers(head.length()));
	}

	@Nullable CachedImage find(ImageKey key) {
		return this.local.find(key);
	}

	/** What the memory tier knows of an image that cannot be had, or null. */
	<T> @Nullable Finding<T> knownRefusal(ImageKey key) {
		if (!this.local.isOn()) {
			return null;
		}
		if (this.absences.contains(key)) {
			return new Finding.Absent<>(this.hit);
		}
		return this.denials.contains(key) ? new Finding.NotAnImage<>(this.hit) : null;
	}

	/**
	 * Keeps a whole image in memory, unless it was purged while it was loaded: then
	 * another may have taken its place already. A purge marks the flight first and clears
	 * the memory then, so that one that comes meanwhile either finds the image, or we
	 * find the mark.
	 */
	void keep(Flight flight, CachedImage image) {
		if (flight.isPurged()) {
			return;
		}
		this.absences.forget(flight.key());
		if (this.local.takes(image.bytes().length())) {
			this.local.keep(flight.key(), image);
		}
		if (flight.isPurged()) {
			this.local.forget(flight.key(), image);
		}
	}

	/** Remembers an absence that was found by a load. */
	Trail absent(Flight flight, Duration rest, Trail trail) {
		Trail whole = absent(flight.key(), rest, trail);
		if (flight.isPurged()) {
			this.absences.forget(flight.key());
		}
		return whole;
	}

	/**
	 * Remembers an absence that was found without a load.
	 * @param since how many purges there had been when it was looked for; one that came
	 * after that may have been about this image
	 */
	Trail absent(ImageKey key, Duration rest, int since, Trail trail) {
		Trail whole = absent(key, rest, trail);
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
	Trail denied(ImageKey key, int since, Trail trail) {
		this.denials.remember(key, this.negativeTtl);
		if (this.purges.get() != since) {
			this.denials.forget(key);
		}
		return trail;
	}

	/** How many purges there have been. */
	int purges() {
		return this.purges.get();
	}

	private Trail absent(ImageKey key, Duration rest, Trail trail) {
		this.absences.remember(key, rest);
		return memory(trail, Word.STORED, Duration.ZERO);
	}

	/**
	 * Forgets images and absences.
	 * @return how many images
	 */
	long forget(ImageSelection selection) {
		this.purges.incrementAndGet();
		this.absences.forget(selection);
		this.denials.forget(selection);
		this.large.forget(selection);
		return this.local.forget(selection);
	}

	/** The trail of an image that is gathered. */
	Trail stored(Trail trail, ImageHead head) {
		Trail kept = this.region.takes(head.length()) ? trail : trail.withoutStoring();
		return memory(kept, this.local.takes(head.length()) ? Word.STORED : Word.MISS, Duration.ZERO);
	}

	/** The trail of an image that no tier keeps. */
	Trail passed(Trail trail) {
		return memory(trail.withoutStoring(), Word.MISS, Duration.ZERO);
	}

	/** The trail of who asked the store past all tiers. */
	Trail fromStore(Duration time) {
		return passed(Trail.EMPTY.then(Place.STORE, Word.HIT, time));
	}

	/** The trail of what the memory tier has. */
	Trail hit() {
		return this.hit;
	}

	/** The trail of who joined somebody else's load. */
	static Trail collapsed(Duration time) {
		return Trail.EMPTY.then(Place.MEMORY, Word.COLLAPSED, time);
	}

	/** A trail that begins in the region. */
	static Trail region(Word word, Duration time) {
		return Trail.EMPTY.then(Place.REGION, word, time);
	}

	private Trail memory(Trail trail, Word word, Duration time) {
		return this.local.isOn() ? trail.then(Place.MEMORY, word, time) : trail;
	}

}
