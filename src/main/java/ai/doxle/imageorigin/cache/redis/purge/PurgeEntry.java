package ai.doxle.imageorigin.cache.redis.purge;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import org.springframework.data.redis.connection.stream.ByteBufferRecord;

import ai.doxle.imageorigin.cache.redis.link.RedisKeys;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSelection;

/**
 * An entry of the purge journal.
 *
 * @param position its position
 * @param selection what is purged
 * @param stage the stage of the purge
 */
record PurgeEntry(JournalPosition position, ImageSelection selection, Stage stage) {

	/** The stage of a purge. */
	enum Stage {

		/** The region is about to delete. */
		BEGUN,
		/** The region has deleted. */
		DONE,
		/** Never written: marks a gap in the journal. */
		MISSED

	}

	private static final String KIND = "kind";

	private static final String VALUE = "value";

	private static final String STAGE = "stage";

	/** The fields of a new entry. */
	static Map<ByteBuffer, ByteBuffer> fields(ImageSelection selection, Stage stage) {
		Map<ByteBuffer, ByteBuffer> fields = new HashMap<>();
		put(fields, STAGE, stage.name());
		switch (selection) {
			case ImageSelection.OneImage one -> put(fields, KIND, "key", VALUE, one.key().value());
			case ImageSelection.Below below -> put(fields, KIND, "prefix", VALUE, below.path() + "/");
			case ImageSelection.Tagged tagged -> put(fields, KIND, "tag", VALUE, tagged.tag());
			case ImageSelection.All _ -> put(fields, KIND, "all");
		}
		return fields;
	}

	private static void put(Map<ByteBuffer, ByteBuffer> fields, String... namesAndValues) {
		for (int i = 0; i + 1 < namesAndValues.length; i += 2) {
			fields.put(RedisKeys.buffer(namesAndValues[i]), RedisKeys.buffer(namesAndValues[i + 1]));
		}
	}

	/**
	 * Reads an entry. One that cannot be understood, perhaps from a later version, purges
	 * everything from the memory of this instance.
	 */
	static PurgeEntry of(ByteBufferRecord entry) {
		Map<String, String> fields = new HashMap<>();
		entry.getValue().forEach((name, value) -> fields.put(text(name), text(value)));
		JournalPosition position = JournalPosition.of(entry.getId());
		Stage stage = Stage.DONE.name().equals(fields.get(STAGE)) ? Stage.DONE : Stage.BEGUN;
		try {
			return new PurgeEntry(position, selection(fields.get(KIND), fields.getOrDefault(VALUE, "")), stage);
		}
		catch (IllegalArgumentException ex) {
			return new PurgeEntry(position, new ImageSelection.All(), Stage.DONE);
		}
	}

	private static ImageSelection selection(@Nullable String kind, String value) {
		return switch (kind) {
			case "key" -> new ImageSelection.OneImage(new ImageKey(value));
			case "prefix" -> new ImageSelection.Below(value);
			case "tag" -> new ImageSelection.Tagged(value);
			case "all" -> new ImageSelection.All();
			case null, default -> throw new IllegalArgumentException("unknown kind of purge: " + kind);
		};
	}

	private static String text(ByteBuffer buffer) {
		return StandardCharsets.UTF_8.decode(buffer.duplicate()).toString();
	}

}
