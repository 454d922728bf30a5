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
 * Sends commands to Redis, behind a circuit breaker. Commands fail within the command
 * timeout, and at once while Redis is known to be unavailable or was never reached. An
 * error that means a wrong server, such as a former primary, triggers a new connection.
 */
public final class RedisLink {

	private static final Logger log = LoggerFactory.getLogger(RedisLink.class);

	/**
	 * The client connects to a node of a cluster when the first command for it comes, and
	 * rejects commands meanwhile. They were not sent, so they can be repeated.
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
	 * @param commandTimeout how long a reply may take; the client's own timeout does not
	 * cover connecting to a node of a cluster
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
	 * Logs once for each outage, however often the breaker probes meanwhile. Connects
	 * anew, because the server may hang while its name already resolves to another one.
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

	/** Whether Redis was ever reached. From then on the client reconnects by itself. */
	public boolean isConnected() {
		return this.connections.isOpen();
	}

	/** Connects for the first time. */
	public Mono<Void> connect() {
		return guarded(this.connections.open());
	}

	/** Closes the connections; no command is sent any more. */
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
	 * Whether a key has a value of another type than the one that we write.
	 */
	public static boolean isWrongType(Throwable failure) {
		return RedisError.of(failure) == RedisError.WRONGTYPE;
	}

	/**
	 * Whether a failure means that Redis is unavailable. A value of another type does
	 * not, and neither does a read-only server.
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
