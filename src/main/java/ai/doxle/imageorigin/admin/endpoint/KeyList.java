package ai.doxle.imageorigin.admin.endpoint;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

import org.springframework.http.HttpStatus;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.InvalidImageKeyException;

/**
 * Reads the keys of images to warm: {@code {"keys": ["…"]}}.
 */
final class KeyList {

	/** The most keys of one request. */
	static final int MAX_KEYS = 1000;

	/** The most bytes of one request: its keys, each character escaped at worst. */
	static final int MAX_BYTES = 6 * ImageKey.MAX_BYTES * MAX_KEYS;

	private final JsonMapper json;

	KeyList(JsonMapper json) {
		this.json = json;
	}

	/**
	 * Reads keys, each once, in their order.
	 * @throws InvalidAdminRequestException if the text is not such a list, or too long,
	 * or has texts that cannot be keys, which it names
	 */
	Set<ImageKey> read(byte[] body) {
		JsonNode keys = parse(body).path("keys");
		if (!keys.isArray() || keys.isEmpty() || !keys.valueStream().allMatch(JsonNode::isString)) {
			throw new InvalidAdminRequestException(HttpStatus.BAD_REQUEST,
					"The body must be JSON with keys to warm: {\"keys\": [\"…\"]}");
		}
		if (keys.size() > MAX_KEYS) {
			throw tooLarge();
		}
		return keys(keys);
	}

	/** The problem detail for a list that is too long. */
	static InvalidAdminRequestException tooLarge() {
		return new InvalidAdminRequestException(HttpStatus.CONTENT_TOO_LARGE,
				"Warm at most " + MAX_KEYS + " images by one request");
	}

	private JsonNode parse(byte[] body) {
		try {
			return this.json.readTree(body);
		}
		catch (JacksonException ex) {
			throw new InvalidAdminRequestException(HttpStatus.BAD_REQUEST, "The body is not JSON");
		}
	}

	private static Set<ImageKey> keys(JsonNode texts) {
		Set<ImageKey> keys = new LinkedHashSet<>();
		Map<String, String> badKeys = new LinkedHashMap<>();
		texts.valueStream().map(JsonNode::stringValue).forEach((text) -> {
			try {
				keys.add(new ImageKey(text));
			}
			catch (InvalidImageKeyException ex) {
				badKeys.put(text, ex.getMessage());
			}
		});
		if (!badKeys.isEmpty()) {
			throw new InvalidAdminRequestException(HttpStatus.BAD_REQUEST, "Invalid image keys; none was warmed",
					badKeys);
		}
		return keys;
	}

}
