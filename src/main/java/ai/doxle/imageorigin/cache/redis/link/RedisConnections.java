package ai.doxle.imageorigin.cache.redis.link;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.data.redis.RedisConnectionFailureException;
import org.springframework.data.redis.connection.ReactiveRedisConnection;
import org.springframework.data.redis.connection.ReactiveRedisConnectionFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * The connection in use, and its replacement by a new one, which resolves the name of the
 * server again.
 */
final class RedisConnections {

	private static final Logger log = LoggerFactory.getLogger(RedisConnections.class);

	private static final Duration SHORTEST_PAUSE = Duration.ofSeconds(1);

	private static final Duration LONGEST_PAUSE = Duration.ofSeconds(8);

	/** Longer than any command that was sent through a connection may take. */
	private static final Duration CLOSING_DELAY = Duration.ofSeconds(10);

	private final ReactiveRedisConnectionFactory factory;

	private final RedisErrors errors;

	private final AtomicReference<@Nullable ReactiveRedisConnection> current = new AtomicReference<>();

	private final Set<ReactiveRedisConnection> retired = ConcurrentHashMap.newKeySet();

	private final AtomicBoolean replacing = new AtomicBoolean();

	private volatile Duration pause = SHORTEST_PAUSE;

	private volatile long replaced = System.nanoTime() - LONGEST_PAUSE.toNanos();

	RedisConnections(ReactiveRedisConnectionFactory factory, RedisErrors errors) {
		this.factory = factory;
		this.errors = errors;
	}

	boolean isOpen() {
		return this.current.get() != null;
	}

	ReactiveRedisConnection get() {
		ReactiveRedisConnection connection = this.current.get();
		if (connection == null) {
			throw new RedisConnectionFailureException("Redis has not been reached yet");
		}
		return connection;
	}

	/** Connects for the first time. */
	Mono<Void> open() {
		return fresh().flatMap((fresh) -> exchange(null, fresh)).then();
	}

	/** Off the event loop, because finding the nodes of a cluster blocks. */
	private Mono<ReactiveRedisConnection> fresh() {
		return Mono.fromCallable(this.factory::getReactiveConnection)
			.subscribeOn(Schedulers.boundedElastic())
			.flatMap((fresh) -> fresh.ping()
				.thenReturn(fresh)
				.onErrorResume((failure) -> fresh.closeLater().onErrorComplete().then(Mono.error(failure))));
	}

	/**
	 * Replaces a connection, unless it was replaced already.
	 */
	private Mono<Boolean> exchange(@Nullable ReactiveRedisConnection old, ReactiveRedisConnection fresh) {
		return this.current.compareAndSet(old, fresh) ? Mono.just(true) : fresh.closeLater().thenReturn(false);
	}

	/**
	 * Opens a new connection and then uses it instead of the old one. Never opens two at
	 * a time, and waits longer each time until a write succeeds.
	 */
	void replace() {
		ReactiveRedisConnection old = this.current.get();
		if (old != null && isDue() && this.replacing.compareAndSet(false, true)) {
			this.replaced = System.nanoTime();
			this.pause = (this.pause.compareTo(LONGEST_PAUSE) < 0) ? this.pause.multipliedBy(2) : LONGEST_PAUSE;
			fresh().flatMap((fresh) -> exchange(old, fresh))
				.filter((isExchanged) -> isExchanged)
				.doFinally((signal) -> this.replacing.set(false))
				.subscribe((isExchanged) -> retire(old), this.errors::record);
		}
	}

	private boolean isDue() {
		return System.nanoTime() - this.replaced >= this.pause.toNanos();
	}

	/** Notes that the connection leads to a server that accepts writes. */
	void approve() {
		this.pause = SHORTEST_PAUSE;
	}

	/** Closes a connection later: replies may still be on their way. */
	private void retire(ReactiveRedisConnection old) {
		log.info("Opened a new connection to Redis");
		this.errors.reconnected();
		this.retired.add(old);
		Mono.delay(CLOSING_DELAY).then(discard(old)).subscribe();
	}

	private Mono<Void> discard(ReactiveRedisConnection old) {
		return Mono.defer(() -> this.retired.remove(old) ? old.closeLater() : Mono.empty()).onErrorComplete();
	}

	/** Closes all connections. */
	Mono<Void> close() {
		ReactiveRedisConnection last = this.current.getAndSet(null);
		Mono<Void> closing = (last != null) ? last.closeLater() : Mono.empty();
		return Flux.fromIterable(Set.copyOf(this.retired)).concatMap(this::discard).then(closing);
	}

}
