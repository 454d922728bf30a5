package ai.doxle.imageorigin.admin.events.payload;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSelection;
import ai.doxle.imageorigin.image.ImageTags;

/**
 * The messages by which a region has others purge, too:
 * {@code {"image-origin": "purge", "version": 1, "id": "…", "from": "ap-southeast-2",
 * "time": "…", "key": "…"}}, or {@code prefix} or {@code tag} in place of {@code key}.
 */
public final class PurgeMessages {

	private static final String MARK = "image-origin";

	private static final int VERSION = 1;

	private PurgeMessages() {
	}

	/** Whether a body is one of them. */
	static boolean isOne(JsonNode body) {
		return body.path(MARK).stringValue("").equals("purge");
	}

	static ImageEvent read(JsonNode body) {
		Instant time = Fields.time(body.path("time"));
		if (body.path("version").asInt(0) != VERSION) {
			return new ImageEvent.Other("purge of version " + body.path("version"), time);
		}
		if (time == null) {
			throw new InvalidEventException("A purge lacks time");
		}
		return new ImageEvent.PurgeAsked(Fields.text(body, "id"), selection(body), Fields.text(body, "from"), time);
	}

	private static ImageSelection selection(JsonNode body) {
		try {
			if (body.path("key").isString()) {
				return new ImageSelection.OneImage(new ImageKey(body.path("key").stringValue()));
			}
			if (body.path("prefix").isString()) {
				return new ImageSelection.Below(new ImageKey(body.path("prefix").stringValue()).value());
			}
		}
		catch (IllegalArgumentException ex) {
			throw new InvalidEventException("A purge selects no possible image: " + ex.getMessage());
		}
		String tag = Fields.text(body, "tag");
		if (!ImageTags.isTag(tag)) {
			throw new InvalidEventException("A purge has a tag that images cannot share");
		}
		return new ImageSelection.Tagged(tag);
	}

	/**
	 * Writes a purge.
	 * @throws IllegalArgumentException if it is of all images, which no operator can ask
	 * for
	 */
	public static String write(JsonMapper json, ImageEvent.PurgeAsked purge) {
		Map<String, Object> members = new LinkedHashMap<>();
		members.put(MARK, "purge");
		members.put("version", VERSION);
		members.put("id", purge.id());
		members.put("from", purge.from());
		members.put("time", purge.time().toString());
		switch (purge.selection()) {
			case ImageSelection.OneImage one -> members.put("key", one.key().value());
			case ImageSelection.Below below -> members.put("prefix", below.path());
			case ImageSelection.Tagged tagged -> members.put("tag", tagged.tag());
			case ImageSelection.All _ -> throw new IllegalArgumentException("regions are told of no purge of all");
		}
		return json.writeValueAsString(members);
	}

}
