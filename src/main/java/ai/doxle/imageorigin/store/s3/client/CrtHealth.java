package ai.doxle.imageorigin.store.s3.client;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is known of whether the CRT reaches one bucket, and whether anything does. Where
 * Netty reaches it and the CRT does not, the CRT rests for a minute.
 */
final class CrtHealth {

	/** How long the CRT reads nothing after it failed where Netty did not. */
	private static final Duration REST = Duration.ofMinutes(1);

	/** How many calls of the CRT in a row may have no response where Netty's have. */
	private static final int UNHEARD = 3;

	/** How long Netty is not tried for the CRT after it failed, too. */
	private static final Duration OUTAGE = Duration.ofSeconds(5);

	private static final Logger logger = LoggerFactory.getLogger(CrtHealth.class);

	private final String bucket;

	/** How many calls have had a response by Netty only, since the CRT had one. */
	private final AtomicInteger unheard = new AtomicInteger();

	/** Until when the CRT is to read nothing, by {@link System#nanoTime()}. */
	private volatile long restsUntil = System.nanoTime();

	/** Until when the bucket counts as unreachable, likewise. */
	private volatile long outUntil = System.nanoTime();

	/**
	 * @param bucket the bucket's name
	 */
	CrtHealth(String bucket) {
		this.bucket = bucket;
	}

	/** Whether it is to read nothing for now. */
	boolean isResting() {
		return isAhead(this.restsUntil);
	}

	/** Whether neither of the two could connect a moment ago. */
	boolean isBucketUnreachable() {
		return isAhead(this.outUntil);
	}

	/** A call by the CRT has a response. */
	void heard() {
		this.unheard.set(0);
	}

	/**
	 * A call that repeats a silent one has a response by Netty, while calls by the CRT
	 * are under way.
	 */
	void missed() {
		if (this.unheard.incrementAndGet() >= UNHEARD) {
			this.unheard.set(0);
			rest("it has no responses");
		}
	}

	/**
	 * Has the CRT read nothing for a minute, since Netty reaches the bucket where it does
	 * not.
	 * @param reason what went wrong, for the log
	 */
	void rest(String reason) {
		if (!isResting()) {
			this.restsUntil = System.nanoTime() + REST.toNanos();
			logger.warn("The CRT does not reach bucket '{}', Netty does, which reads alone for {} s: {}", this.bucket,
					REST.toSeconds(), reason);
		}
	}

	/** Neither could connect: the bucket is not asked twice for everything. */
	void markBucketUnreachable() {
		this.outUntil = System.nanoTime() + OUTAGE.toNanos();
	}

	private static boolean isAhead(long nanoTime) {
		return nanoTime - System.nanoTime() > 0;
	}

}
