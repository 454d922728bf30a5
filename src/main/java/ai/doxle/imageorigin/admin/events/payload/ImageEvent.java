package ai.doxle.imageorigin.admin.events.payload;

import java.time.Instant;

import org.jspecify.annotations.Nullable;

import ai.doxle.imageorigin.image.ETag;
import ai.doxle.imageorigin.image.ImageSelection;

/**
 * Something that happened to an image in its bucket, or a purge that another region asks
 * for.
 */
public sealed interface ImageEvent {

	/** When it happened, or null if the event does not say. */
	@Nullable Instant time();

	/**
	 * An event about an object.
	 */
	sealed interface OfObject extends ImageEvent {

		/** The object. */
		StoredObject object();

	}

	/**
	 * An object was stored, anew or in place of another.
	 *
	 * @param etag its entity tag, or null if the event does not say
	 * @param size bytes of the object; negative if the event does not say
	 */
	record Created(StoredObject object, @Nullable ETag etag, long size, @Nullable Instant time) implements OfObject {

	}

	/**
	 * An object, or a version of it, was deleted.
	 */
	record Removed(StoredObject object, @Nullable Instant time) implements OfObject {

	}

	/**
	 * Another region purges.
	 *
	 * @param id tells it from other purges
	 * @param selection what is purged
	 * @param from the region that asks
	 * @param time when it was asked for
	 */
	record PurgeAsked(String id, ImageSelection selection, String from, Instant time) implements ImageEvent {

	}

	/**
	 * Anything else: nothing is to be done.
	 *
	 * @param kind what it is
	 */
	record Other(String kind, @Nullable Instant time) implements ImageEvent {

	}

	/**
	 * An object in a bucket.
	 *
	 * @param bucket the name of the bucket
	 * @param key the object's key, decoded; not every object has one that an image may
	 * have
	 * @param sequencer puts the events of the object in order, or null if there is none
	 */
	record StoredObject(String bucket, String key, @Nullable Sequencer sequencer) {

	}

}
