package ai.doxle.imageorigin.cache.redis.link;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

import org.springframework.core.io.ClassPathResource;
import org.springframework.data.redis.core.script.DigestUtils;

/**
 * A script that Redis runs atomically. All its keys are in one slot; its file documents
 * keys, arguments and reply.
 *
 * @param name the name of its file, without the extension
 * @param text the script itself
 * @param digest the SHA-1 in hexadecimal by which Redis knows a script it has run before
 */
public record LuaScript(String name, String text, String digest) {

	private LuaScript(String name, String text) {
		this(name, text, DigestUtils.sha1DigestAsHex(text));
	}

	/**
	 * Reads a script.
	 * @param user a class of the package in which the file is
	 */
	public static LuaScript read(String name, Class<?> user) {
		try (InputStream stream = new ClassPathResource(name + ".lua", user).getInputStream()) {
			return new LuaScript(name, new String(stream.readAllBytes(), StandardCharsets.UTF_8));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@Override
	public String toString() {
		return this.name;
	}

}
