package ai.doxle.imageorigin.admin.events.payload;

import java.util.List;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads the body of a message or of a webhook's request, in whichever format it is.
 * Members that are not known are ignored.
 */
public final class EventReader {

	/** SNS wraps a body; nothing wraps it twice. */
	private static final int MAX_DEPTH = 2;

	private final JsonMapper json;

	public EventReader(JsonMapper json) {
		this.json = json;
	}

	/**
	 * Reads a body.
	 * @return its events, in their order; at least one
	 * @throws InvalidEventException if it is no event
	 */
	public List<ImageEvent> read(byte[] body) {
		try {
			return read(this.json.readTree(body), MAX_DEPTH);
		}
		catch (JacksonException ex) {
			throw new InvalidEventException("The body is not JSON");
		}
	}

	private List<ImageEvent> read(JsonNode body, int depth) {
		if (body.path("Records").isArray()) {
			return S3Notifications.read(body.path("Records"));
		}
		if (body.path("detail-type").isString()) {
			return List.of(EventBridgeEvents.read(body));
		}
		if (PurgeMessages.isOne(body)) {
			return List.of(PurgeMessages.read(body));
		}
		if (body.path("Event").isString()) {
			return List.of(S3Notifications.test(body));
		}
		if (body.path("Type").isString() && body.path("TopicArn").isString()) {
			return fromTopic(body, depth);
		}
		throw new InvalidEventException("The body is no event: it has none of the members Records (S3), "
				+ "detail-type (EventBridge) and Type (SNS)");
	}

	private List<ImageEvent> fromTopic(JsonNode envelope, int depth) {
		String type = envelope.path("Type").stringValue("");
		if (!type.equals("Notification")) {
			return List.of(new ImageEvent.Other("sns:" + type, Fields.time(envelope.path("Timestamp"))));
		}
		if (depth == 0) {
			throw new InvalidEventException("The message of a topic is a message of a topic, several times");
		}
		return read(this.json.readTree(Fields.text(envelope, "Message")), depth - 1);
	}

}
