package ai.doxle.imageorigin.cache.redis.link;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.StateTransition;
import io.github.resilience4j.reactor.circuitbreaker.operator.CircuitBreakerOperator;
import io.lettuce.core.RedisNoScriptException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.data.redis.connection.ReactiveRedisClusterConnection;
import org.springframework.data.redis.connection.ReactiveRedisConnection;
import org.springframework.data.redis.connection.ReactiveRedisConnectionFactory;
import org.springframework.data.redis.connection.ReturnType;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/**
 * The way to Redis, behind a circuit breaker. Commands fail within the command time-out,
 * and at once while Redis is known to be unavailable or was never reached. Where an error
 * tells that it is the wrong server by now, another connection is made.
 */
public final class RedisLink {

	private static final Logger log = LoggerFactory.getLogger(RedisLink.class);

	/**
	 * The client refuses commands for a node of a cluster while it connects to it, which
	 * is when the first of them comes. They were not sent, so that they may be sent
	 * again.
	 */
	private static final Retry WHILE_CONNECTING = Retry.backoff(4, Duration.ofMillis(10))
		.jitter(0)
		.filter(RedisLink::isRejected)
		.onRetryExhaustedThrow((retry, signal) -> signal.failure());

	private final RedisConnections connections;

	private final RedisErrors errors;

	private final CircuitBreaker breaker;

	private final Duration commandTimeout;

	private final AtomicBoolean unavailable = new AtomicBoolean();

	/**
	 * @param commandTimeout how long an answer may take; the client's own limit does not
	 * cover the way to a node of a cluster
	 */
	public RedisLink(ReactiveRedisConnectionFactory factory, CircuitBreaker breaker, RedisErrors errors,
			Duration commandTimeout) {
		this.connections = new RedisConnections(factory, errors);
		this.errors = errors;
		this.breaker = breaker;
		this.commandTimeout = commandTimeout;
		breaker.getEventPublisher().onStateTransition((event) -> changed(event.getStateTransition()));
	}

	/**
	 * Logs once for each outage, however often it is asked about meanwhile. The server
	 * may hang while its name leads to another one already.
	 */
	private void changed(StateTransition transition) {
		if (transition.getToState() == CircuitBreaker.State.OPEN) {
			this.connections.replace();
			if (this.unavailable.compareAndSet(false, true)) {
				log.warn("Redis is unavailable; serving from memory and S3 until it recovers. Latest: {}",
						this.errors.latest());
			}
		}
		else if (transition.getToState() == CircuitBreaker.State.CLOSED
				&& this.unavailable.compareAndSet(true, false)) {
			log.info("Redis is available again");
		}
	}

	/** Whether Redis was reached. From then on the client reconnects by itself. */
	public boolean isConnected() {
		return this.connections.isOpen();
	}

	/** Connects for the first time. */
	public Mono<Void> connect() {
		return guarded(this.connections.open());
	}

	/** Gives the connection back; no command is sent any more. */
	public Mono<Void> close() {
		return this.connections.close();
	}

	/** Sends a command. */
	public <T> Mono<T> send(Function<ReactiveRedisConnection, Mono<T>> command) {
		return guarded(Mono.defer(() -> attempt(command, this.connections.get())).timeout(this.commandTimeout));
	}

	private static <T> Mono<T> attempt(Function<ReactiveRedisConnection, Mono<T>> command,
			ReactiveRedisConnection connection) {
		return (connection instanceof ReactiveRedisClusterConnection)
				? Mono.defer(() -> command.apply(connection)).retryWhen(WHILE_CONNECTING) : command.apply(connection);
	}

	/** Runs a script. */
	public Mono<ScriptReply> run(LuaScript script, List<ByteBuffer> keys, Object... arguments) {
		ByteBuffer[] all = new ByteBuffer[keys.size() + arguments.length];
		keys.toArray(all);
		for (int i = 0; i < arguments.length; i++) {
			all[keys.size() + i] = buffer(arguments[i]);
		}
		return send((redis) -> run(redis, script, keys.size(), all)).map(ScriptReply::new);
	}

	/**
	 * Notes that a script has written, so that the server is not a replica. The link
	 * cannot tell that itself: scripts also succeed without writing.
	 * @param needsMemory whether the script begins with a command that takes memory:
	 * Redis refuses such a script while its memory is full, and no other
	 */
	public void noteWrite(boolean needsMemory) {
		this.errors.wrote(needsMemory);
		this.connections.approve();
	}

	private static Mono<List<@Nullable Object>> run(ReactiveRedisConnection redis, LuaScript script, int keys,
			ByteBuffer[] all) {
		return redis.scriptingCommands()
			.<List<@Nullable Object>>evalSha(script.digest(), ReturnType.MULTI, keys, all)
			.onErrorResume((failure) -> isCausedBy(failure, RedisNoScriptException.class, "NOSCRIPT"),
					(failure) -> redis.scriptingCommands()
						.eval(RedisKeys.buffer(script.text()), ReturnType.MULTI, keys, all))
			.next();
	}

	private static ByteBuffer buffer(Object argument) {
		return switch (argument) {
			case ByteBuffer buffer -> buffer;
			case byte[] bytes -> ByteBuffer.wrap(bytes);
			default -> RedisKeys.buffer(argument.toString());
		};
	}

	private <T> Mono<T> guarded(Mono<T> command) {
		return command.doOnError(this::failed).transformDeferred(CircuitBreakerOperator.of(this.breaker));
	}

	private void failed(Throwable failure) {
		this.errors.record(failure);
		if (RedisError.of(failure).wantsReconnect()) {
			this.connections.replace();
		}
	}

	/**
	 * Whether Redis found something else under a key than what we put there.
	 */
	public static boolean isWrongType(Throwable failure) {
		return RedisError.of(failure) == RedisError.WRONGTYPE;
	}

	/**
	 * Whether a failure tells that Redis is unavailable. One value that is not ours does
	 * not, and neither does a server that takes no writes: what is there can still be
	 * read.
	 */
	public static boolean isOutage(Throwable failure) {
		return RedisError.of(failure).isCounted();
	}

	private static boolean isRejected(Throwable failure) {
		return RedisError.isRejection(NestedExceptionUtils.getMostSpecificCause(failure));
	}

	private static boolean isCausedBy(Throwable failure, Class<? extends Throwable> type, String code) {
		Throwable cause = NestedExceptionUtils.getMostSpecificCause(failure);
		String message = cause.getMessage();
		return type.isInstance(cause) && message != null && message.startsWith(code);
	}

}
