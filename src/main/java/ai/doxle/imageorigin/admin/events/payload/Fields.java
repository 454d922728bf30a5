package ai.doxle.imageorigin.admin.events.payload;

import java.time.DateTimeException;
import java.time.Instant;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

import ai.doxle.imageorigin.image.ETag;

/**
 * Reads members that several formats have.
 */
final class Fields {

	private Fields() {
	}

	/**
	 * A member that has to be a text which is not empty.
	 * @throws InvalidEventException if it is not
	 */
	static String text(JsonNode object, String name) {
		String text = object.path(name).stringValue("");
		if (text.isEmpty()) {
			throw new InvalidEventException("An event lacks " + name);
		}
		return text;
	}

	/** A time in ISO 8601; null if there is none, or it cannot be read. */
	static @Nullable Instant time(JsonNode time) {
		try {
			return time.isString() ? Instant.parse(time.stringValue()) : null;
		}
		catch (DateTimeException ex) {
			return null;
		}
	}

	/** An entity tag, with or without quotes; null if there is none. */
	static @Nullable ETag etag(JsonNode etag) {
		String text = etag.stringValue("");
		return text.isEmpty() ? null : ETag.parse(text);
	}

	/** A number of bytes; -1 if there is none. */
	static long size(JsonNode size) {
		return size.isIntegralNumber() ? size.asLong(-1) : -1;
	}

	/** A sequencer; null if there is none. */
	static @Nullable Sequencer sequencer(JsonNode sequencer) {
		return Sequencer.parse(sequencer.stringValue(""));
	}

}
