package ai.doxle.imageorigin.cache.redis.purge;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.cache.redis.link.LuaScript;
import ai.doxle.imageorigin.cache.redis.link.RedisKeys;
import ai.doxle.imageorigin.cache.redis.link.RedisLink;
import ai.doxle.imageorigin.cache.redis.link.ScriptReply;

/**
 * The live instances of the region. Each writes heartbeats into Redis, with the position
 * up to which it has read the purge journal.
 * <p>
 * Two limits belong together. An instance whose last heartbeat is older than
 * {@link #SILENCE} knows that it may miss purges ({@link #isReceivingPurges}). Others
 * wait for its acknowledgement until its last heartbeat is older than {@link #LIFETIME},
 * which is longer. By the time they stop waiting, the instance has therefore known for a
 * while, or is dead.
 * <p>
 * No clocks are compared: the age of a heartbeat is the time since it was first seen
 * here. Heartbeats are remembered for as long as they count, so that no instance is
 * overlooked if Redis loses its data.
 */
final class LiveInstances {

	/** How old the last heartbeat may be before an instance counts as dead. */
	static final Duration LIFETIME = Duration.ofSeconds(5);

	/** How old our own last heartbeat may be before we may miss purges. */
	static final Duration SILENCE = Duration.ofSeconds(2);

	private static final ByteBuffer INSTANCES = RedisKeys.key("instances");

	private static final LuaScript HEARTBEAT = LuaScript.read("heartbeat", LiveInstances.class);

	private final RedisLink link;

	private final InstanceName self;

	private final AtomicLong beats = new AtomicLong();

	private final Map<String, Heartbeat> others = new ConcurrentHashMap<>();

	private volatile Connected connected = new Connected(System.nanoTime() - LIFETIME.toNanos(), System.nanoTime());

	LiveInstances(RedisLink link, InstanceName self) {
		this.link = link;
		this.self = self;
	}

	/**
	 * Sends a heartbeat of this instance, and reads those of the others.
	 * @param position the position of the last purge that this instance has carried out
	 * @param asOf when the journal was read up to there ({@link System#nanoTime})
	 */
	Mono<Void> beat(JournalPosition position, long asOf) {
		return send(position).doOnNext((reply) -> note(reply, asOf)).then();
	}

	/** Announces that this instance stops: others need not wait for it any more. */
	Mono<Void> leave() {
		return send(JournalPosition.END).then();
	}

	private Mono<ScriptReply> send(JournalPosition position) {
		List<Object> arguments = new ArrayList<>();
		arguments.add(this.self);
		arguments.add(position + " " + this.beats.incrementAndGet());
		arguments.add(LIFETIME.toMillis());
		long now = System.nanoTime();
		this.others.forEach((name, heartbeat) -> {
			if (isOlder(heartbeat.time(), LIFETIME, now)) {
				arguments.add(name);
				arguments.add(heartbeat.text());
			}
		});
		return this.link.run(HEARTBEAT, List.of(INSTANCES), arguments.toArray());
	}

	private synchronized void note(ScriptReply reply, long asOf) {
		long now = System.nanoTime();
		Set<String> listed = new HashSet<>();
		for (int i = 0; i + 1 < reply.size(); i += 2) {
			String name = reply.text(i);
			String text = reply.text(i + 1);
			listed.add(name);
			this.others.compute(name,
					(any, last) -> (last != null && last.text().equals(text)) ? last : new Heartbeat(text, now));
		}
		this.others.remove(this.self.value());
		this.others.entrySet()
			.removeIf((other) -> !listed.contains(other.getKey()) && isOlder(other.getValue().time(), LIFETIME, now));
		this.connected = new Connected(asOf, isReceivingPurges() ? this.connected.since() : now);
	}

	/** Whether the journal was read and a heartbeat sent recently. */
	boolean isReceivingPurges() {
		return !isOlder(this.connected.last(), SILENCE, System.nanoTime());
	}

	/**
	 * Whether heartbeats have been read for long enough to know all instances, even if
	 * Redis lost its data just before: an instance that has sent none meanwhile knows
	 * that it may miss purges.
	 */
	boolean areAllKnown() {
		return isOlder(this.connected.since(), SILENCE, System.nanoTime());
	}

	/** The sorted names of other live instances that have not read up to there. */
	List<String> behind(JournalPosition position) {
		long now = System.nanoTime();
		return this.others.entrySet()
			.stream()
			.filter((other) -> !isOlder(other.getValue().time(), LIFETIME, now))
			.filter((other) -> position.isAfter(other.getValue().position()))
			.map(Map.Entry::getKey)
			.sorted()
			.toList();
	}

	private static boolean isOlder(long time, Duration limit, long now) {
		return now - time > limit.toNanos();
	}

	/**
	 * The last heartbeat of another instance.
	 *
	 * @param text its position, and the number of the heartbeat, which makes each one
	 * different
	 * @param time when it was first seen here ({@link System#nanoTime})
	 */
	private record Heartbeat(String text, long time) {

		/** A text that cannot be parsed was not written by an instance. */
		JournalPosition position() {
			try {
				return JournalPosition.parse(this.text.substring(0, Math.max(this.text.indexOf(' '), 0)));
			}
			catch (NumberFormatException ex) {
				return JournalPosition.END;
			}
		}

	}

	/**
	 * The heartbeats of this instance.
	 *
	 * @param last when the journal was read for the last one
	 * @param since when the current uninterrupted series began
	 */
	private record Connected(long last, long since) {

	}

}
