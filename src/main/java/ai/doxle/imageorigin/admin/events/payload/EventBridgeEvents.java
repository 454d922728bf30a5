package ai.doxle.imageorigin.admin.events.payload;

import java.time.Instant;

import tools.jackson.databind.JsonNode;

/**
 * Events of S3 as EventBridge sends them. Keys are not encoded.
 */
final class EventBridgeEvents {

	private EventBridgeEvents() {
	}

	static ImageEvent read(JsonNode body) {
		String type = Fields.text(body, "detail-type");
		Instant time = Fields.time(body.path("time"));
		JsonNode detail = body.path("detail");
		JsonNode object = detail.path("object");
		return switch (type) {
			case "Object Created" -> new ImageEvent.Created(object(detail), Fields.etag(object.path("etag")),
					Fields.size(object.path("size")), time);
			case "Object Deleted" -> new ImageEvent.Removed(object(detail), time);
			default -> new ImageEvent.Other(type, time);
		};
	}

	private static ImageEvent.StoredObject object(JsonNode detail) {
		JsonNode object = detail.path("object");
		return new ImageEvent.StoredObject(Fields.text(detail.path("bucket"), "name"), Fields.text(object, "key"),
				Fields.sequencer(object.path("sequencer")));
	}

}
