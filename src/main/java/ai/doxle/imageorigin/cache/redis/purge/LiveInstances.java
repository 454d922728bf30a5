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
 * The instances of the region, as their heartbeats in Redis show them: each says how far
 * it has read the purge journal.
 * <p>
 * Two limits belong together. An instance whose last heartbeat is older than
 * {@link #SILENCE} knows that it may miss purges, and says so
 * ({@link #isReceivingPurges}). Others wait for it until its last heartbeat is older than
 * {@link #LIFETIME}, which is longer. Whoever is not waited for any more has therefore
 * known for a while, or is dead.
 * <p>
 * No clocks are compared: a heartbeat is as old as it has been known here. It is
 * remembered for as long as it counts, so that nobody is overlooked when Redis forgets
 * everything.
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
	 * Says how far this instance has read, and hears how far the others have.
	 * @param position the place of the last purge that this instance has forgotten
	 * @param asOf since when it has read that far ({@link System#nanoTime})
	 */
	Mono<Void> beat(JournalPosition position, long asOf) {
		return send(position).doOnNext((reply) -> note(reply, asOf)).then();
	}

	/** Says that this instance is not to be waited for any more. */
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

	/** Whether the journal was read lately. */
	boolean isReceivingPurges() {
		return !isOlder(this.connected.last(), SILENCE, System.nanoTime());
	}

	/**
	 * Whether we have listened for long enough to know of everybody, although Redis may
	 * have forgotten them just before: who has not appeared meanwhile knows that he may
	 * miss purges.
	 */
	boolean areKnown() {
		return isOlder(this.connected.since(), SILENCE, System.nanoTime());
	}

	/** The names of other instances that are alive and have not read that far; sorted. */
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
	 * What an instance said last.
	 *
	 * @param text how far it had read, and the number of the heartbeat, which tells it
	 * from the one before
	 * @param time when it was first seen here ({@link System#nanoTime})
	 */
	private record Heartbeat(String text, long time) {

		/** What is not understood was not written by an instance. */
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
	 * Our own heartbeats.
	 *
	 * @param last when the last one's journal was read
	 * @param since when they began, without interruption
	 */
	private record Connected(long last, long since) {

	}

}
