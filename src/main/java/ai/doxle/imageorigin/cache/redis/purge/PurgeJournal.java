package ai.doxle.imageorigin.cache.redis.purge;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.data.domain.Range;
import org.springframework.data.domain.Range.Bound;
import org.springframework.data.redis.connection.Limit;
import org.springframework.data.redis.connection.RedisStreamCommands.TrimOptions;
import org.springframework.data.redis.connection.RedisStreamCommands.XAddOptions;
import org.springframework.data.redis.connection.stream.ByteBufferRecord;
import org.springframework.data.redis.connection.stream.StreamRecords;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

import ai.doxle.imageorigin.cache.PurgeListener;
import ai.doxle.imageorigin.cache.redis.link.LuaScript;
import ai.doxle.imageorigin.cache.redis.link.RedisKeys;
import ai.doxle.imageorigin.cache.redis.link.RedisLink;
import ai.doxle.imageorigin.cache.redis.link.ScriptReply;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSelection;

/**
 * The purges of this region, in order: a Redis stream that every instance reads on from
 * its last position, so that it misses none while it cannot reach Redis.
 */
public final class PurgeJournal implements SmartLifecycle {

	/**
	 * About how many entries are kept: two for each purge.
	 */
	public static final int LENGTH = 10_000;

	private static final Logger log = LoggerFactory.getLogger(PurgeJournal.class);

	private static final ByteBuffer STREAM = RedisKeys.key("purges");

	private static final int PAGE = 1000;

	private static final Duration PERIOD = Duration.ofMillis(200);

	/** The largest expected difference between the clocks of Redis and this instance. */
	private static final Duration CLOCK_SKEW = Duration.ofSeconds(10);

	private static final LuaScript UNTYPE = LuaScript.read("untype", PurgeJournal.class);

	private final RedisLink link;

	private final Flux<PurgeListener> listeners;

	private final Scheduler scheduler;

	private final RecentPurges purges = new RecentPurges(2 * LENGTH);

	/** Earlier purges do not concern this instance: its memory was empty. */
	private final JournalPosition begin = new JournalPosition(System.currentTimeMillis() - CLOCK_SKEW.toMillis(), 0);

	private volatile JournalPosition position = JournalPosition.START;

	private volatile long readAt;

	private final InstanceName self;

	private final LiveInstances instances;

	private final PurgeAcknowledgements acknowledgements;

	private final Disposable.Swap reading = Disposables.swap();

	private volatile boolean running;

	private volatile boolean caughtUp;

	/**
	 * @param listeners are notified of purges
	 * @param scheduler where they are notified, one after the other; they may be slow
	 * @param self the name of this instance
	 */
	public PurgeJournal(RedisLink link, Flux<PurgeListener> listeners, Scheduler scheduler, InstanceName self) {
		this.link = link;
		this.listeners = listeners;
		this.scheduler = scheduler;
		this.self = self;
		this.instances = new LiveInstances(link, self);
		this.acknowledgements = new PurgeAcknowledgements(this.instances, Mono.defer(this::beat));
	}

	/** Starts reading the journal periodically. */
	@Override
	public void start() {
		log.info("In its region this instance is called {}", this.self);
		this.reading.update(Flux.interval(Duration.ZERO, PERIOD, this.scheduler)
			.onBackpressureDrop()
			.concatMap((tick) -> poll().onErrorComplete(), 1)
			.subscribe());
		this.running = true;
	}

	@Override
	public void stop() {
		this.running = false;
		this.reading.update(Disposables.disposed());
	}

	/** Closes the connection before its factory stops. */
	@Override
	public void stop(Runnable whenStopped) {
		stop();
		Mono.defer(this.instances::leave)
			.onErrorComplete()
			.then(Mono.defer(this.link::close))
			.onErrorComplete()
			.doFinally((signal) -> whenStopped.run())
			.subscribe();
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

	/** Started right after the client. */
	@Override
	public int getPhase() {
		return 1;
	}

	/** The name of this instance. */
	public String name() {
		return this.self.value();
	}

	/**
	 * Whether all earlier purges were read once: before that, nothing in Redis can be
	 * trusted.
	 */
	public boolean isCaughtUp() {
		return this.caughtUp;
	}

	/** Whether purges were read recently, so that this instance has missed none. */
	public boolean isReceivingPurges() {
		return this.caughtUp && this.instances.isReceivingPurges();
	}

	/** The position up to which this instance has read. */
	public JournalPosition position() {
		return this.position;
	}

	/** Whether an image was purged since, as far as this instance has read. */
	public boolean isPurgedSince(ImageKey key, JournalPosition since) {
		return this.purges.isPurgedSince(key, since);
	}

	/**
	 * Whether an image was purged since, up to now; or may have been, if there are too
	 * many new entries.
	 */
	public Mono<Boolean> isPurgedUntilNow(ImageKey key, JournalPosition since) {
		return read(this.position).map((page) -> page.size() >= PAGE || isPurgedSince(key, since)
				|| page.stream().anyMatch((purge) -> covers(purge, key, since)));
	}

	private static boolean covers(PurgeEntry purge, ImageKey key, JournalPosition since) {
		return purge.stage() == PurgeEntry.Stage.MISSED
				|| (purge.position().isAfter(since) && purge.selection().covers(key));
	}

	/** Announces to all instances that the region is about to delete. */
	public Mono<Void> begin(ImageSelection selection) {
		return write(selection, PurgeEntry.Stage.BEGUN).then();
	}

	/**
	 * Announces to all instances that the region has deleted, and waits until the live
	 * ones have read it.
	 * @return the names of those that did not in time
	 */
	public Mono<List<String>> end(ImageSelection selection) {
		return write(selection, PurgeEntry.Stage.DONE).flatMap(this.acknowledgements::await);
	}

	/** Writes an entry and reads up to it. */
	private Mono<JournalPosition> write(ImageSelection selection, PurgeEntry.Stage stage) {
		ByteBufferRecord entry = StreamRecords.newRecord().in(STREAM).ofBuffer(PurgeEntry.fields(selection, stage));
		XAddOptions options = XAddOptions.trim(TrimOptions.maxLen(LENGTH).approximate());
		return this.link.send((redis) -> redis.streamCommands().xAdd(entry, options))
			.map(JournalPosition::of)
			.flatMap((written) -> poll().thenReturn(written));
	}

	/** Reads new entries, then sends a heartbeat. */
	private Mono<Void> poll() {
		return Mono.defer(() -> {
			long begin = System.nanoTime();
			return readOn().doOnSuccess((done) -> this.readAt = begin).then(Mono.defer(this::beat));
		});
	}

	private Mono<Void> beat() {
		return this.instances.beat(this.position, this.readAt);
	}

	private Mono<Void> readOn() {
		Mono<Void> connected = this.link.isConnected() ? Mono.empty() : this.link.connect();
		return connected.then(Mono.defer(() -> read(this.position)))
			.publishOn(this.scheduler)
			.doOnNext((page) -> page.forEach(this::note))
			.doOnNext((page) -> this.caughtUp |= page.size() < PAGE)
			.repeat()
			.takeUntil((page) -> page.size() < PAGE)
			.then()
			.onErrorResume(RedisLink::isWrongType, (failure) -> drop());
	}

	/** Begins with the entry at that position, if it is still there. */
	private Mono<List<PurgeEntry>> read(JournalPosition from) {
		Range<String> range = Range.rightUnbounded(Bound.inclusive(from.toString()));
		return this.link
			.send((redis) -> redis.streamCommands()
				.xRange(STREAM, range, Limit.limit().count(PAGE))
				.map(PurgeEntry::of)
				.collectList())
			.flatMap((page) -> startsWith(page, from) ? Mono.just(page) : lookForGap(page, from));
	}

	private static boolean startsWith(List<PurgeEntry> page, JournalPosition position) {
		return !page.isEmpty() && page.getFirst().position().equals(position);
	}

	/**
	 * Either the stream was trimmed past the position, or Redis lost its data and the
	 * stream is a new one. Only in the first case purges may have been missed, since none
	 * succeeds without Redis.
	 */
	private Mono<List<PurgeEntry>> lookForGap(List<PurgeEntry> page, JournalPosition from) {
		if (page.isEmpty() || from.equals(JournalPosition.START)) {
			return Mono.just(page);
		}
		return this.link.send((redis) -> redis.streamCommands().xLen(STREAM)).map((length) -> {
			if (length >= LENGTH) {
				page.addFirst(new PurgeEntry(from, new ImageSelection.All(), PurgeEntry.Stage.MISSED));
			}
			return page;
		});
	}

	private void note(PurgeEntry purge) {
		boolean isMissed = purge.stage() == PurgeEntry.Stage.MISSED;
		boolean isNew = !isMissed && purge.position().isAfter(this.position);
		if (isNew && purge.stage() == PurgeEntry.Stage.BEGUN) {
			this.purges.add(purge);
		}
		if (isMissed || (isNew && purge.position().isAfter(this.begin))) {
			notifyListeners(purge.selection());
		}
		if (isNew) {
			this.position = purge.position();
		}
	}

	private void notifyListeners(ImageSelection selection) {
		this.listeners.subscribe((listener) -> listener.purged(selection),
				(failure) -> log.error("Purge of {} failed in this instance", selection, failure));
	}

	/** Nothing in Redis can be used without a journal, so a new one has to begin. */
	private Mono<Void> drop() {
		return this.link.run(UNTYPE, List.of(STREAM))
			.map(ScriptReply::word)
			.filter((type) -> !type.isEmpty())
			.doOnNext((type) -> log.warn("Redis had a {} where purges are written: it was deleted", type))
			.then();
	}

}
