package ai.doxle.imageorigin.cache.redis.link;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

import org.springframework.core.io.ClassPathResource;
import org.springframework.data.redis.core.script.DigestUtils;

/**
 * The scripts that Redis runs for us, each as one step that nobody can come between. All
 * keys of a script are in one slot; each file says what it takes and returns.
 */
public enum LuaScript {

	CLAIM, LOOK, FOLLOW, PROGRESS, COMMIT, RELEASE, DISCARD, PURGE, INDEX, UNINDEX, MEMBERS, HEARTBEAT, UNTYPE;

	private final String text;

	private final String digest;

	LuaScript() {
		this.text = read(name().toLowerCase(Locale.ROOT) + ".lua");
		this.digest = DigestUtils.sha1DigestAsHex(this.text);
	}

	private static String read(String file) {
		try (InputStream stream = new ClassPathResource(file, LuaScript.class).getInputStream()) {
			return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/** The script itself. */
	String text() {
		return this.text;
	}

	/** Whether a reply tells that Redis takes writes: that it is no replica. */
	boolean hasWritten(ScriptReply reply) {
		return (this == CLAIM) ? reply.word().equals("granted") : hasAdded();
	}

	/**
	 * Whether it succeeds only where there is memory for more: Redis refuses a script
	 * that begins to write with what takes memory, and no other.
	 */
	boolean hasAdded() {
		return this == INDEX;
	}

	/** The name by which Redis knows it once it has seen it: its SHA-1 in hexadecimal. */
	String digest() {
		return this.digest;
	}

}
