package ai.doxle.imageorigin.cache.redis;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import ai.doxle.imageorigin.cache.BrokenImageException;
import ai.doxle.imageorigin.cache.RegionalLease;
import ai.doxle.imageorigin.cache.redis.WriteLimit.Outcome;
import ai.doxle.imageorigin.cache.redis.link.LuaScript;
import ai.doxle.imageorigin.cache.redis.link.ScriptReply;
import ai.doxle.imageorigin.cache.redis.purge.JournalPosition;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.offheap.ImageBytes;

/**
 * The lease of one load: renewed here, used once.
 */
final class RedisLease implements RegionalLease {

	/** For how long others wait for an owner that has died. */
	static final Duration TIME = Duration.ofSeconds(2);

	private static final Duration RENEWAL = Duration.ofMillis(500);

	/**
	 * For how many renewals the lease may be unused: longer than an answer from S3 takes
	 * to begin, its head, its first bytes and what is tried again.
	 */
	private static final int UNUSED_RENEWALS = 150;

	/** Chunks outlive their head, so that none is missing while it is there. */
	private static final Duration CHUNK_EXTRA = Duration.ofMinutes(1);

	/**
	 * For how long chunks are kept before the commit, after which they are kept as long
	 * as their head: an owner that dies leaves them, and nobody else knows of them.
	 */
	static final Duration UNCOMMITTED = Duration.ofMinutes(5);

	private final RedisContext tier;

	private final ImageKey key;

	private final ImageKeys keys;

	private final String generation;

	private final JournalPosition position;

	private final Disposable.Swap renewal = Disposables.swap();

	private volatile boolean used;

	/** Chunks written so far, the one being written included. */
	private volatile int written;

	RedisLease(RedisContext tier, ImageKey key, ImageKeys keys, String generation, JournalPosition position) {
		this.tier = tier;
		this.key = key;
		this.keys = keys;
		this.generation = generation;
		this.position = position;
	}

	/** Renews the lease from now on. */
	RedisLease begin() {
		this.renewal.update(Flux.interval(RENEWAL, this.tier.scheduler())
			.onBackpressureDrop()
			.takeWhile((tick) -> this.used || tick < UNUSED_RENEWALS)
			.concatMap((tick) -> progress().onErrorComplete(), 1)
			.takeUntil((isOurs) -> !isOurs)
			.subscribe());
		return this;
	}

	@Override
	public Mono<Void> keep(ImageHead head, ImageBytes bytes) {
		if (head.length() > this.tier.properties().maxObjectSize().toBytes()) {
			return end(Mono.just(Outcome.TOO_LARGE));
		}
		return end(this.tier.writers().write(Mono.defer(() -> write(head, bytes))));
	}

	@Override
	public Mono<Void> keepAbsent() {
		Duration ttl = this.tier.negativeTtl();
		return end(ttl.isZero() ? Mono.just(Outcome.GIVEN_UP) : commit(stored(null), ttl));
	}

	@Override
	public Mono<Void> giveUp() {
		return end(Mono.just(Outcome.GIVEN_UP));
	}

	/**
	 * Whatever comes of it, the lease is gone afterwards, and so is what is of no use.
	 */
	private Mono<Void> end(Mono<Outcome> use) {
		return Mono.fromRunnable(() -> this.used = true)
			.then(use)
			.onErrorResume((failure) -> Mono.just(outcome(failure)))
			.doOnNext((outcome) -> this.renewal.dispose())
			.doOnNext(this.tier.writers()::count)
			.filter((outcome) -> outcome != Outcome.COMMITTED)
			.flatMap(this::cleanUp)
			.onErrorComplete()
			.doFinally((signal) -> this.renewal.dispose());
	}

	private static Outcome outcome(Throwable failure) {
		return (failure instanceof BrokenImageException) ? Outcome.GIVEN_UP : Outcome.FAILED;
	}

	/**
	 * Where the lease is gone and it is not known why, a commit that was thought to have
	 * failed may have come through: then the chunks are needed.
	 */
	private Mono<Void> cleanUp(Outcome outcome) {
		return this.tier.link()
			.run(LuaScript.RELEASE, List.of(this.keys.lease(), this.keys.first()), this.generation)
			.filter((reply) -> reply.isDone() || outcome == Outcome.LOST)
			.flatMap((reply) -> chunks(0).drop(this.written));
	}

	private Mono<Outcome> write(ImageHead head, ImageBytes bytes) {
		bytes.retain();
		StoredHead stored = stored(head);
		byte[] encoded = StoredHeadCodec.encode(stored);
		Duration ttl = jittered(this.tier.properties().ttl());
		return Flux.concat(progress(encoded, 0), put(head, bytes, encoded))
			.all((isOurs) -> isOurs)
			.flatMap((isOurs) -> isOurs ? commitUnlessPurged(stored, ttl) : Mono.just(Outcome.LOST))
			.doFinally((signal) -> bytes.release());
	}

	private Flux<Boolean> put(ImageHead head, ImageBytes bytes, byte[] encoded) {
		return Flux.range(0, ImageChunk.count(head.length()))
			.concatMap((index) -> chunk(head, bytes, index).flatMap((chunk) -> put(head, index, chunk, encoded)), 0);
	}

	/** Waits for the bytes of a chunk and copies them. */
	private Mono<ByteBuffer> chunk(ImageHead head, ImageBytes bytes, int index) {
		return bytes.read(ImageChunk.span(head.length(), index))
			.subscribeOn(Schedulers.parallel())
			.collect(() -> ImageChunk.begin(this.generation, index, head.length()), RedisLease::append)
			.doOnDiscard(DataBuffer.class, DataBufferUtils::release)
			.map(ImageChunk::finish)
			.onErrorMap((failure) -> new BrokenImageException("the load has failed", failure));
	}

	private static void append(ByteBuffer chunk, DataBuffer piece) {
		int count = piece.readableByteCount();
		piece.toByteBuffer(piece.readPosition(), chunk, chunk.position(), count);
		chunk.position(chunk.position() + count);
		DataBufferUtils.release(piece);
	}

	private Mono<Boolean> put(ImageHead head, int index, ByteBuffer chunk, byte[] encoded) {
		this.written = index + 1;
		Mono<Boolean> putting = (index == 0) ? progress(encoded, 1, chunk, UNCOMMITTED.toMillis())
				: chunks(head.length()).put(index, chunk, UNCOMMITTED)
					.then(Mono.defer(() -> progress(encoded, index + 1)));
		return putting.doOnNext(
				(isOurs) -> this.tier.writers().count(isOurs ? ImageChunk.span(head.length(), index).length() : 0));
	}

	private StoredChunks chunks(long length) {
		return new StoredChunks(this.tier.link(), this.keys, this.generation, length);
	}

	/** Renews the lease; false if it is somebody else's. */
	private Mono<Boolean> progress(Object... news) {
		Object[] arguments = new Object[2 + news.length];
		arguments[0] = this.generation;
		arguments[1] = TIME.toMillis();
		System.arraycopy(news, 0, arguments, 2, news.length);
		return this.tier.link()
			.run(LuaScript.PROGRESS, List.of(this.keys.lease(), this.keys.first()), arguments)
			.map(ScriptReply::isDone);
	}

	/**
	 * A purge that looks for the image after this looks into the index finds it there.
	 */
	private Mono<Outcome> commitUnlessPurged(StoredHead head, Duration ttl) {
		return this.tier.index()
			.add(this.key, ttl)
			.then(this.tier.journal().tookUntilNow(this.key, this.position))
			.flatMap((purged) -> purged ? Mono.just(Outcome.LOST) : extendAndCommit(head, ttl));
	}

	/** Where a chunk has gone already, so should the rest. */
	private Mono<Outcome> extendAndCommit(StoredHead head, Duration ttl) {
		Duration time = ttl.plus(CHUNK_EXTRA);
		return chunks(length(head)).extend(this.written, time)
			.flatMap((isWhole) -> isWhole ? commit(head, ttl, time.toMillis()) : Mono.just(Outcome.LOST));
	}

	private static long length(StoredHead head) {
		ImageHead image = head.image();
		return (image != null) ? image.length() : 0;
	}

	/**
	 * @param first how long the first chunk is kept, in ms; none is extended if there is
	 * no such argument
	 */
	private Mono<Outcome> commit(StoredHead head, Duration ttl, Object... first) {
		Object[] arguments = new Object[3 + first.length];
		arguments[0] = this.generation;
		arguments[1] = StoredHeadCodec.encode(head);
		arguments[2] = ttl.toMillis();
		System.arraycopy(first, 0, arguments, 3, first.length);
		return this.tier.link()
			.run(LuaScript.COMMIT, List.of(this.keys.head(), this.keys.lease(), this.keys.first()), arguments)
			.map((reply) -> reply.isDone() ? Outcome.COMMITTED : Outcome.LOST);
	}

	private StoredHead stored(@Nullable ImageHead head) {
		return new StoredHead(this.key, this.position, this.generation, head);
	}

	private static Duration jittered(Duration ttl) {
		return ttl.minusMillis(ThreadLocalRandom.current().nextLong(ttl.toMillis() / 10 + 1));
	}

}
