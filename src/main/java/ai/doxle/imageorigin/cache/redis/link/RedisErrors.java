package ai.doxle.imageorigin.cache.redis.link;

import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;
import java.util.stream.Stream;

import io.lettuce.core.event.EventBus;
import io.lettuce.core.event.connection.ReconnectFailedEvent;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The errors of Redis. Each kind is counted, and logged once when it begins, never with a
 * password.
 */
public final class RedisErrors implements MeterBinder {

	private static final Logger log = LoggerFactory.getLogger(RedisErrors.class);

	/** An error that did not occur for this long is over. */
	private static final Duration QUIET = Duration.ofMinutes(1);

	/** Refusals are over if no write was refused for this long and one succeeds. */
	private static final Duration STEADY = Duration.ofSeconds(10);

	private final Map<RedisError, Episode> episodes = new EnumMap<>(RedisError.class);

	private volatile boolean refusesWrites;

	private volatile String latest = "";

	public RedisErrors() {
		for (RedisError error : RedisError.values()) {
			this.episodes.put(error, new Episode());
		}
	}

	/** Also records why the client fails to reconnect by itself. */
	public void listen(EventBus events) {
		events.get().ofType(ReconnectFailedEvent.class).subscribe((event) -> record(event.getCause()));
	}

	/** Records a failure. */
	void record(Throwable failure) {
		RedisError error = RedisError.of(failure);
		String words = error.describe(failure);
		this.latest = words;
		if (episode(error).begins(words) && error.lasts()) {
			log.warn("Redis: {}. {}", words, error.refusesWrites() ? "Images are still read from it, but not written"
					: "Where it fails, images come from memory and S3");
		}
		if (error.refusesWrites()) {
			this.refusesWrites = true;
		}
	}

	/**
	 * Notes that a write has succeeded.
	 * @param needsMemory whether that proves that the memory is not full
	 */
	void wrote(boolean needsMemory) {
		if (this.refusesWrites) {
			end((error) -> needsMemory || error.wantsReconnect());
		}
	}

	private void end(Predicate<RedisError> over) {
		List<Episode> ending = refusals().filter(over).map(this::episode).filter(Episode::isOn).toList();
		if (!ending.isEmpty() && ending.stream().noneMatch((episode) -> episode.isYoungerThan(STEADY))) {
			ending.forEach(Episode::end);
			this.refusesWrites = refusals().map(this::episode).anyMatch(Episode::isOn);
			log.info("Redis takes writes again");
		}
	}

	/** Notes that there is a new connection, so that refusals may be over. */
	void reconnected() {
		refusals().map(this::episode).forEach(Episode::age);
	}

	private static Stream<RedisError> refusals() {
		return Stream.of(RedisError.values()).filter(RedisError::refusesWrites);
	}

	private Episode episode(RedisError error) {
		return Objects.requireNonNull(this.episodes.get(error));
	}

	/** The latest failure, in words; empty if there was none. */
	String latest() {
		return this.latest;
	}

	/**
	 * The current errors, by name, in words. A refusal of writes is current until a write
	 * succeeds, any other error for a minute.
	 */
	Map<String, String> current() {
		Map<String, String> current = new TreeMap<>();
		this.episodes.forEach((error, episode) -> {
			if (error.lasts() && (error.refusesWrites() ? episode.isOn() : episode.isYoungerThan(QUIET))) {
				current.put(name(error), episode.words);
			}
		});
		return current;
	}

	private static String name(RedisError error) {
		return error.name().toLowerCase(Locale.ROOT).replace('_', '-');
	}

	@Override
	public void bindTo(MeterRegistry registry) {
		this.episodes.forEach(
				(error, episode) -> FunctionCounter.builder("image.origin.redis.errors", episode.count, LongAdder::sum)
					.description("Failed commands and connections to Redis by kind of error")
					.tag("error", name(error))
					.register(registry));
	}

	/** The occurrences of one kind of error until it is over. */
	private static final class Episode {

		private final LongAdder count = new LongAdder();

		private volatile String words = "";

		private boolean on;

		private long last;

		/** Whether it has just begun. */
		synchronized boolean begins(String what) {
			boolean begins = !this.on || !isYoungerThan(QUIET);
			this.count.increment();
			this.words = what;
			this.on = true;
			this.last = System.nanoTime();
			return begins;
		}

		synchronized boolean isYoungerThan(Duration time) {
			return this.on && System.nanoTime() - this.last < time.toNanos();
		}

		synchronized boolean isOn() {
			return this.on;
		}

		synchronized void end() {
			this.on = false;
		}

		/** A write that succeeds from now on ends it. */
		synchronized void age() {
			this.last -= STEADY.toNanos();
		}

	}

}
