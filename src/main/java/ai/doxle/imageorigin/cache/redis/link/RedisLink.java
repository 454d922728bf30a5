package ai.doxle.imageorigin.cache.redis.link;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.StateTransition;
import io.github.resilience4j.reactor.circuitbreaker.operator.CircuitBreakerOperator;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisException;
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
import reactor.core.scheduler.Schedulers;
import reactor.util.retry.Retry;

/**
 * The one connection to Redis, behind a circuit breaker. Commands fail within the command
 * time-out, and at once while Redis is known to be ill or was never reached.
 */
public final class RedisLink {

	private static final Logger log = LoggerFactory.getLogger(RedisLink.class);

	/**
	 * The client refuses commands for a node of a cluster while it connects to it, which
	 * is when the first of them comes. They were not sent, so that they may be sent again.
	 */
	private static final Retry WHILE_CONNECTING = Retry.backoff(4, Duration.ofMillis(10))
		.jitter(0)
		.filter((failure) -> isCausedBy(failure, RedisException.class, "Currently not connected"))
		.onRetryExhaustedThrow((retry, signal) -> signal.failure());

	private final ReactiveRedisConnectionFactory factory;

	private final CircuitBreaker breaker;

	private final Duration commandTimeout;

	private final AtomicBoolean ill = new AtomicBoolean();

	private volatile @Nullable ReactiveRedisConnection connection;

	/**
	 * @param commandTimeout how long an answer may take; the client's own limit does not
	 * cover the way to a node of a cluster
	 */
	public RedisLink(ReactiveRedisConnectionFactory factory, CircuitBreaker breaker, Duration commandTimeout) {
		this.factory = factory;
		this.breaker = breaker;
		this.commandTimeout = commandTimeout;
		breaker.getEventPublisher().onStateTransition((event) -> log(event.getStateTransition()));
	}

	/** Once for each illness, however often it is asked about meanwhile. */
	private void log(StateTransition transition) {
		if (transition.getToState() == CircuitBreaker.State.OPEN && this.ill.compareAndSet(false, true)) {
			log.warn("Redis is ill: images come from memory and S3 until it is well");
		}
		else if (transition.getToState() == CircuitBreaker.State.CLOSED && this.ill.compareAndSet(true, false)) {
			log.info("Redis is well again");
		}
	}

	/** Whether Redis was reached. From then on the client reconnects by itself. */
	public boolean isConnected() {
		return this.connection != null;
	}

	/**
	 * Connects for the first time. Finding the nodes of a cluster blocks, so that is done
	 * elsewhere.
	 */
	public Mono<Void> connect() {
		return guarded(Mono.fromCallable(this.factory::getReactiveConnection)
			.subscribeOn(Schedulers.boundedElastic())
			.flatMap((fresh) -> fresh.ping()
				.doOnNext((pong) -> this.connection = fresh)
				.onErrorResume((failure) -> fresh.closeLater().onErrorComplete().then(Mono.error(failure)))))
			.then();
	}

	/** Gives the connection back; no command is sent any more. */
	public Mono<Void> close() {
		ReactiveRedisConnection last = this.connection;
		this.connection = null;
		return (last != null) ? last.closeLater() : Mono.empty();
	}

	/** Sends a command. */
	public <T> Mono<T> send(Function<ReactiveRedisConnection, Mono<T>> command) {
		return guarded(Mono.defer(() -> attempt(command, connected())).timeout(this.commandTimeout));
	}

	private static <T> Mono<T> attempt(Function<ReactiveRedisConnection, Mono<T>> command,
			ReactiveRedisConnection connection) {
		return (connection instanceof ReactiveRedisClusterConnection)
				? Mono.defer(() -> command.apply(connection)).retryWhen(WHILE_CONNECTING) : command.apply(connection);
	}

	private ReactiveRedisConnection connected() {
		ReactiveRedisConnection link = this.connection;
		if (link == null) {
			throw new IllegalStateException("Redis has not been reached yet");
		}
		return link;
	}

	/** Runs a script. */
	public Mono<ScriptReply> run(LuaScript script, List<ByteBuffer> keys, Object... arguments) {
		ByteBuffer[] all = new ByteBuffer[keys.size() + arguments.length];
		keys.toArray(all);
		for (int i = 0; i < arguments.length; i++) {
			all[keys.size() + i] = buffer(arguments[i]);
		}
		return send((link) -> run(link, script, keys.size(), all)).map(ScriptReply::new);
	}

	private static Mono<List<@Nullable Object>> run(ReactiveRedisConnection link, LuaScript script, int keys,
			ByteBuffer[] all) {
		return link.scriptingCommands()
			.<List<@Nullable Object>>evalSha(script.digest(), ReturnType.MULTI, keys, all)
			.onErrorResume((failure) -> isCausedBy(failure, RedisNoScriptException.class, "NOSCRIPT"),
					(failure) -> link.scriptingCommands()
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
		return command.transformDeferred(CircuitBreakerOperator.of(this.breaker));
	}

	/**
	 * Whether Redis found something else under a key than what we put there.
	 */
	public static boolean isWrongType(Throwable failure) {
		return isCausedBy(failure, RedisCommandExecutionException.class, "WRONGTYPE");
	}

	/**
	 * Whether a failure tells that Redis is ill. One value that is not ours does not, and
	 * neither does a full memory: what is there can still be read.
	 */
	public static boolean isIllness(Throwable failure) {
		return !isWrongType(failure) && !isCausedBy(failure, RedisCommandExecutionException.class, "OOM");
	}

	private static boolean isCausedBy(Throwable failure, Class<? extends Throwable> type, String code) {
		Throwable cause = NestedExceptionUtils.getMostSpecificCause(failure);
		String message = cause.getMessage();
		return type.isInstance(cause) && message != null && message.startsWith(code);
	}

}
