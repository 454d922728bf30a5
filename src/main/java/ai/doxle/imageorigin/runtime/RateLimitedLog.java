package ai.doxle.imageorigin.runtime;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;

import org.slf4j.Logger;
import org.slf4j.event.Level;

/**
 * Warns of each reason once a minute; what comes in between is logged for debugging.
 * Reasons do not use up each other's warnings.
 */
public final class RateLimitedLog {

	private static final Duration INTERVAL = Duration.ofMinutes(1);

	/** Reasons come from a server; those beyond that number share one warning. */
	private static final int MAX_REASONS = 50;

	private static final String OTHERS = "others";

	private final Logger logger;

	private final Clock clock;

	private final Map<String, AtomicReference<Instant>> due = new ConcurrentHashMap<>();

	public RateLimitedLog(Logger logger, Clock clock) {
		this.logger = logger;
		this.clock = clock;
	}

	/**
	 * Warns, unless the same reason has been warned of within the last minute.
	 */
	public void warn(String reason, String message) {
		this.logger.atLevel(isDue(reason) ? Level.WARN : Level.DEBUG).log(message);
	}

	private boolean isDue(String reason) {
		String counted = (this.due.size() < MAX_REASONS || this.due.containsKey(reason)) ? reason : OTHERS;
		AtomicReference<Instant> next = this.due.computeIfAbsent(counted,
				(first) -> new AtomicReference<>(Instant.MIN));
		Instant now = this.clock.instant();
		Instant before = next.get();
		return now.isAfter(before) && next.compareAndSet(before, now.plus(INTERVAL));
	}

}
