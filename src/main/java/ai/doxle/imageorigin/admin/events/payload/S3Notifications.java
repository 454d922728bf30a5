package ai.doxle.imageorigin.admin.events.payload;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Notifications of S3, event version 2, and of servers like it: MinIO writes names with
 * {@code s3:} before them, and {@code %2F} for a slash. Keys are form-encoded.
 */
final class S3Notifications {

	private static final String VERSION = "2.";

	private S3Notifications() {
	}

	static List<ImageEvent> read(JsonNode records) {
		if (records.isEmpty()) {
			throw new InvalidEventException("Records is empty");
		}
		return records.valueStream().map(S3Notifications::event).toList();
	}

	/** What S3 sends when notifications are configured. */
	static ImageEvent test(JsonNode body) {
		return new ImageEvent.Other(Fields.text(body, "Event"), Fields.time(body.path("Time")));
	}

	private static ImageEvent event(JsonNode item) {
		String name = name(Fields.text(item, "eventName"));
		String version = Fields.text(item, "eventVersion");
		Instant time = Fields.time(item.path("eventTime"));
		if (!version.startsWith(VERSION)) {
			return new ImageEvent.Other(name + " of version " + version, time);
		}
		return event(name, item.path("s3"), time);
	}

	private static String name(String written) {
		return written.startsWith("s3:") ? written.substring("s3:".length()) : written;
	}

	private static ImageEvent event(String name, JsonNode s3, @Nullable Instant time) {
		JsonNode object = s3.path("object");
		return switch (name.split(":", 2)[0]) {
			case "ObjectCreated" -> new ImageEvent.Created(object(s3), Fields.etag(object.path("eTag")),
					Fields.size(object.path("size")), time);
			case "ObjectRemoved", "LifecycleExpiration" -> new ImageEvent.Removed(object(s3), time);
			default -> new ImageEvent.Other(name, time);
		};
	}

	private static ImageEvent.StoredObject object(JsonNode s3) {
		JsonNode object = s3.path("object");
		return new ImageEvent.StoredObject(Fields.text(s3.path("bucket"), "name"), decode(Fields.text(object, "key")),
				Fields.sequencer(object.path("sequencer")));
	}

	private static String decode(String key) {
		try {
			return URLDecoder.decode(key, StandardCharsets.UTF_8);
		}
		catch (IllegalArgumentException ex) {
			throw new InvalidEventException("The key of an event has an incomplete percent-escape");
		}
	}

}
