package ai.doxle.imageorigin.cache.redis;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;

import ai.doxle.imageorigin.cache.redis.link.RedisKeys;

/**
 * Direct access to Redis.
 */
final class RawRedis implements AutoCloseable {

	private static final Pattern CALLS = Pattern.compile("cmdstat_([\\w|]+):calls=(\\d+)");

	private static final String SENT = "total_net_output_bytes:";

	private final RedisClient client;

	private final RedisCommands<String, byte[]> commands;

	RawRedis(String host, int port) {
		this.client = RedisClient.create(RedisURI.create(host, port));
		this.commands = this.client.connect(RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE)).sync();
	}

	RedisCommands<String, byte[]> commands() {
		return this.commands;
	}

	/** All keys except that of the instances, which always exists. */
	List<String> keys(String pattern) {
		return this.commands.keys(RedisKeys.PREFIX + pattern)
			.stream()
			.filter((key) -> !key.equals(RedisKeys.PREFIX + "instances"))
			.toList();
	}

	/** How often each command was run since the statistics were reset. */
	String calls() {
		StringBuilder calls = new StringBuilder();
		Matcher matcher = CALLS.matcher(this.commands.info("commandstats"));
		while (matcher.find()) {
			calls.append(matcher.group(1)).append('=').append(matcher.group(2)).append(' ');
		}
		return calls.toString();
	}

	/** How many bytes Redis has sent to all clients so far. */
	long sent() {
		return this.commands.info("stats")
			.lines()
			.filter((line) -> line.startsWith(SENT))
			.mapToLong((line) -> Long.parseLong(line.substring(SENT.length()).strip()))
			.findFirst()
			.orElseThrow();
	}

	@Override
	public void close() {
		this.client.shutdown();
	}

}
