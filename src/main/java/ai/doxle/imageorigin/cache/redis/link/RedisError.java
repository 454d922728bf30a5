package ai.doxle.imageorigin.cache.redis.link;

import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import javax.net.ssl.SSLException;

import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisCommandTimeoutException;
import io.lettuce.core.RedisConnectionException;
import io.lettuce.core.RedisException;
import io.netty.channel.ConnectTimeoutException;
import org.springframework.data.redis.RedisConnectionFailureException;

/**
 * The kinds of errors of Redis. The kind decides whether the breaker counts a failure,
 * whether a new connection is opened, and what operators read.
 */
enum RedisError {

	/** A key has a value of another type than the one that we write. */
	WRONGTYPE(Breaker.IGNORES, Remedy.NONE, "a value is not of its type"),

	/** Writes are refused, reads are not. */
	OOM(Breaker.IGNORES, Remedy.NONE, "its memory is full, and it may evict nothing"),

	/** Writes are refused, reads are not. */
	MISCONF(Breaker.IGNORES, Remedy.NONE, "it cannot save to its disk, and takes no writes until it can"),

	/**
	 * It was the primary before a failover; its name may already resolve to the new one.
	 */
	READONLY(Breaker.IGNORES, Remedy.RECONNECT, "it is a replica, which takes no writes"),

	/** It may be partitioned from its replicas, one of which may be the primary now. */
	NOREPLICAS(Breaker.IGNORES, Remedy.RECONNECT, "it has too few replicas to take writes"),

	/** It became a replica while a command was running. */
	UNBLOCKED(Breaker.IGNORES, Remedy.RECONNECT, "it became a replica"),

	/** It has just started, perhaps after a failover. */
	LOADING(Breaker.COUNTS, Remedy.RECONNECT, "it is loading its data"),

	/** It is a replica that refuses reads while it cannot reach its primary. */
	MASTERDOWN(Breaker.COUNTS, Remedy.RECONNECT, "it is a replica without its primary"),

	/** No new connection: the client refreshes the topology by itself. */
	CLUSTERDOWN(Breaker.COUNTS, Remedy.NONE, "the cluster does not serve all slots"),

	/** The keys of a slot are on two nodes while it is moved. */
	TRYAGAIN(Breaker.IGNORES, Remedy.NONE, "a slot of the cluster is being moved"),

	BUSY(Breaker.COUNTS, Remedy.NONE, "a script keeps it busy"),

	NOAUTH(Breaker.COUNTS, Remedy.RECONNECT, "it wants a password, and none is configured"),

	WRONGPASS(Breaker.COUNTS, Remedy.NONE, "the user name or the password is wrong"),

	NOPERM(Breaker.COUNTS, Remedy.NONE, "the user lacks a right"),

	MAX_CLIENTS(Breaker.COUNTS, Remedy.NONE, "it has as many clients as it may have"),

	UNKNOWN_COMMAND(Breaker.COUNTS, Remedy.NONE, "it lacks a command that is needed, such as EVALSHA"),

	UNKNOWN_HOST(Breaker.COUNTS, Remedy.NONE, "its host is unknown"),

	TLS(Breaker.COUNTS, Remedy.NONE, "TLS fails"),

	HANDSHAKE(Breaker.COUNTS, Remedy.NONE,
			"it does not greet a new connection: it hangs, or TLS is on at one end only"),

	TIMEOUT(Breaker.COUNTS, Remedy.NONE, "it does not answer in time"),

	REFUSED(Breaker.COUNTS, Remedy.NONE, "it refuses the connection"),

	DISCONNECTED(Breaker.COUNTS, Remedy.NONE, "the connection is broken"),

	OTHER(Breaker.COUNTS, Remedy.NONE, "it answers with an error");

	/** Before Redis 7, an error within a script is in the text of another. */
	private static final Pattern WITHIN_SCRIPT = Pattern.compile("ERR Error running script.*? -([A-Z]+) .*",
			Pattern.DOTALL);

	private final Breaker breaker;

	private final Remedy remedy;

	private final String words;

	RedisError(Breaker breaker, Remedy remedy, String words) {
		this.breaker = breaker;
		this.remedy = remedy;
		this.words = words;
	}

	/** The kind of a failure, which may be among its causes or suppressed exceptions. */
	static RedisError of(Throwable failure) {
		return causes(failure).map(RedisError::single).filter((error) -> error != OTHER).findFirst().orElse(OTHER);
	}

	/** A failure and its causes, innermost first. */
	private static Stream<Throwable> causes(Throwable failure) {
		Stream<Throwable> suppressed = Arrays.stream(failure.getSuppressed()).flatMap(RedisError::causes);
		Throwable cause = failure.getCause();
		Stream<Throwable> inner = (cause != null) ? Stream.concat(causes(cause), suppressed) : suppressed;
		return Stream.concat(inner, Stream.of(failure));
	}

	private static RedisError single(Throwable failure) {
		return switch (failure) {
			case RedisCommandExecutionException reply -> reply(String.valueOf(reply.getMessage()));
			case UnknownHostException _ -> UNKNOWN_HOST;
			case SSLException _ -> TLS;
			case RedisException greeting when isHandshake(greeting) -> HANDSHAKE;
			case ConnectTimeoutException _ -> TIMEOUT;
			case RedisCommandTimeoutException _ -> TIMEOUT;
			case TimeoutException _ -> TIMEOUT;
			case ConnectException _ -> REFUSED;
			case IOException _ -> DISCONNECTED;
			case RedisConnectionException _ -> DISCONNECTED;
			case RedisConnectionFailureException _ -> DISCONNECTED;
			case RedisException rejected when isRejection(rejected) -> DISCONNECTED;
			default -> OTHER;
		};
	}

	private static boolean isHandshake(Throwable failure) {
		String message = String.valueOf(failure.getMessage());
		return message.startsWith("Connection initialization timed out")
				|| message.startsWith("Connection closed prematurely");
	}

	/** Whether the client refused a command because there is no connection. */
	static boolean isRejection(Throwable failure) {
		return String.valueOf(failure.getMessage()).startsWith("Currently not connected");
	}

	/** An error reply begins with its code. */
	private static RedisError reply(String message) {
		Matcher script = WITHIN_SCRIPT.matcher(message);
		String code = script.matches() ? script.group(1) : message.split("[ :]", 2)[0];
		return Arrays.stream(values())
			.filter((error) -> error.name().equals(code))
			.findFirst()
			.orElseGet(() -> worded(message.toLowerCase(Locale.ROOT)));
	}

	/** Errors whose code is just ERR are known by their text. */
	private static RedisError worded(String message) {
		Predicate<String> says = message::contains;
		return (says.test("unknown command") || says.test("unknown redis command")) ? UNKNOWN_COMMAND
				: says.test("max number of clients") ? MAX_CLIENTS
						: says.test("user executing the script can't") ? NOPERM : OTHER;
	}

	/** Whether the breaker counts it: Redis cannot be used at all. */
	boolean isCounted() {
		return this.breaker == Breaker.COUNTS;
	}

	/** Whether a new connection may lead to a server without this error. */
	boolean wantsReconnect() {
		return this.remedy == Remedy.RECONNECT;
	}

	/** Whether Redis refuses writes, but not reads. */
	boolean refusesWrites() {
		return switch (this) {
			case OOM, MISCONF, READONLY, NOREPLICAS, UNBLOCKED -> true;
			default -> false;
		};
	}

	/**
	 * Whether it usually lasts until an operator intervenes, and so deserves a warning of
	 * its own.
	 */
	boolean lasts() {
		return switch (this) {
			case WRONGTYPE, TRYAGAIN, TIMEOUT, REFUSED, DISCONNECTED, OTHER -> false;
			default -> true;
		};
	}

	/**
	 * Describes a failure. Some error replies repeat arguments, such as the password, so
	 * only messages that never do are quoted.
	 */
	String describe(Throwable failure) {
		String detail = switch (this) {
			case NOPERM, UNKNOWN_HOST,
					TLS ->
				causes(failure).filter((cause) -> single(cause) == this)
					.findFirst()
					.map((cause) -> ": " + cause.getMessage())
					.orElse("");
			default -> "";
		};
		return this.words + " (" + name() + detail + ")";
	}

	private enum Breaker {

		COUNTS, IGNORES

	}

	private enum Remedy {

		RECONNECT, NONE

	}

}
