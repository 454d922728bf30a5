package ai.doxle.imageorigin.cache.redis.link;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * What a script returned. The file of each {@link LuaScript} documents its parts; nil is
 * a part that is not there.
 *
 * @param parts bulk strings as buffers, integers as {@link Long}
 */
public record ScriptReply(List<@Nullable Object> parts) {

	/** How many parts there are. */
	public int size() {
		return this.parts.size();
	}

	/** The word that tells which reply it is. */
	public String word() {
		return text(0);
	}

	/** Whether the script did what it was for. */
	public boolean isDone() {
		return number(0) == 1;
	}

	/** A part as text; empty if it is not there. */
	public String text(int index) {
		ByteBuffer buffer = buffer(index);
		return (buffer != null) ? StandardCharsets.UTF_8.decode(buffer).toString() : "";
	}

	/** A part as bytes; none if it is not there. */
	public byte[] bytes(int index) {
		ByteBuffer buffer = buffer(index);
		byte[] bytes = new byte[(buffer != null) ? buffer.remaining() : 0];
		if (buffer != null) {
			buffer.get(bytes);
		}
		return bytes;
	}

	/** A view of a part, or null if it is not there. */
	public @Nullable ByteBuffer buffer(int index) {
		return (this.parts.get(index) instanceof ByteBuffer buffer) ? buffer.duplicate() : null;
	}

	/** An integer; -1 if it is not there. */
	public long number(int index) {
		return (this.parts.get(index) instanceof Long number) ? number : -1;
	}

}
