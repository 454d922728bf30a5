package ai.doxle.imageorigin.cache.redis;

import java.nio.ByteBuffer;
import java.time.Duration;
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
import ai.doxle.imageorigin.cache.redis.purge.JournalPosition;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.offheap.ImageBytes;

/**
 * The lease to load one image for the region, renewed until the load ends.
 */
final class RedisLease implements RegionalLease {

	/** How long other instances wait for an owner that has died. */
	static final Duration TIME = Duration.ofSeconds(2);

	private static final Duration RENEWAL = Duration.ofMillis(500);

	/**
	 * How many times an unused lease is renewed. S3 has to have begun its response within
	 * that time, head, first bytes and retries included.
	 */
	private static final int UNUSED_RENEWALS = 150;

	/** Chunks are kept longer than their head, so that a head never lacks chunks. */
	private static final Duration CHUNK_EXTRA = Duration.ofMinutes(1);

	/**
	 * How long chunks are kept before the commit, which extends them. If the owner dies,
	 * they have to expire by themselves: no other instance knows of them.
	 */
	static final Duration UNCOMMITTED = Duration.ofMinutes(5);

	private final RedisContext context;

	private final RedisImage image;

	private final String generation;

	private final JournalPosition position;

	private final Disposable.Swap renewal = Disposables.swap();

	private volatile boolean used;

	/** How many chunks were written, including the one being written. */
	private volatile int written;

	RedisLease(RedisContext context, RedisImage image, String generation, JournalPosition position) {
		this.context = context;
		this.image = image;
		this.generation = generation;
		this.position = position;
	}

	/** Starts renewing the lease. */
	RedisLease begin() {
		this.renewal.update(Flux.interval(RENEWAL, this.context.scheduler())
			.onBackpressureDrop()
			.takeWhile((tick) -> this.used || tick < UNUSED_RENEWALS)
			.concatMap((tick) -> this.image.renew(this.generation, TIME).onErrorComplete(), 1)
			.takeUntil((isOurs) -> !isOurs)
			.subscribe());
		return this;
	}

	@Override
	public Mono<Void> keep(ImageHead head, ImageBytes bytes) {
		if (head.length() > this.context.properties().maxObjectSize().toBytes()) {
			return end(Mono.just(Outcome.TOO_LARGE));
		}
		return end(this.context.writeLimit().write(Mono.defer(() -> write(head, bytes))));
	}

	@Override
	public Mono<Void> keepAbsent() {
		Duration ttl = this.context.negativeTtl();
		return end(ttl.isZero() ? Mono.just(Outcome.GIVEN_UP)
				: this.image.commitAbsence(stored(null), ttl).map(RedisLease::outcome));
	}

	@Override
	public Mono<Void> giveUp() {
		return end(Mono.just(Outcome.GIVEN_UP));
	}

	/**
	 * Stops renewing the lease and, unless the image is committed, deletes the lease and
	 * all chunks.
	 */
	private Mono<Void> end(Mono<Outcome> use) {
		return Mono.fromRunnable(() -> this.used = true)
			.then(use)
			.onErrorResume((failure) -> Mono.just(outcome(failure)))
			.doOnNext((outcome) -> this.renewal.dispose())
			.doOnNext(this.context.writeLimit()::count)
			.filter((outcome) -> outcome != Outcome.COMMITTED)
			.flatMap(this::cleanUp)
			.onErrorComplete()
			.doFinally((signal) -> this.renewal.dispose());
	}

	private static Outcome outcome(Throwable failure) {
		return (failure instanceof BrokenImageException) ? Outcome.GIVEN_UP : Outcome.FAILED;
	}

	/**
	 * If the lease is gone after a failure, the commit may have succeeded in spite of it;
	 * then the chunks stay.
	 */
	private Mono<Void> cleanUp(Outcome outcome) {
		return this.image.release(this.generation)
			.filter((wasOurs) -> wasOurs || outcome == Outcome.LOST)
			.flatMap((wasOurs) -> chunks(0).drop(this.written));
	}

	private Mono<Outcome> write(ImageHead head, ImageBytes bytes) {
		bytes.retain();
		StoredHead stored = stored(head);
		Duration ttl = jittered(this.context.properties().ttl());
		return Flux.concat(this.image.publish(stored, 0, TIME), put(stored, head, bytes))
			.all((isOurs) -> isOurs)
			.flatMap((isOurs) -> isOurs ? commitUnlessPurged(stored, ttl) : Mono.just(Outcome.LOST))
			.doFinally((signal) -> bytes.release());
	}

	private Flux<Boolean> put(StoredHead stored, ImageHead head, ImageBytes bytes) {
		return Flux.range(0, ImageChunk.count(head.length()))
			.concatMap((index) -> chunk(head, bytes, index).flatMap((chunk) -> put(stored, head, index, chunk)), 0);
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

	private Mono<Boolean> put(StoredHead stored, ImageHead head, int index, ByteBuffer chunk) {
		this.written = index + 1;
		Mono<Boolean> putting = (index == 0) ? this.image.publishFirst(stored, chunk, UNCOMMITTED, TIME)
				: chunks(head.length()).put(index, chunk, UNCOMMITTED)
					.then(Mono.defer(() -> this.image.publish(stored, index + 1, TIME)));
		return putting.doOnNext((isOurs) -> this.context.writeLimit()
			.count(isOurs ? ImageChunk.span(head.length(), index).length() : 0));
	}

	private StoredChunks chunks(long length) {
		return this.image.chunks(this.generation, length);
	}

	/**
	 * Adds the image to the index before looking for purges: a later purge finds it
	 * there.
	 */
	private Mono<Outcome> commitUnlessPurged(StoredHead head, Duration ttl) {
		return this.context.index()
			.add(this.image.key(), ttl)
			.then(this.context.journal().isPurgedUntilNow(this.image.key(), this.position))
			.flatMap((purged) -> purged ? Mono.just(Outcome.LOST) : extendAndCommit(head, ttl));
	}

	/** Commits only if no chunk has been evicted meanwhile. */
	private Mono<Outcome> extendAndCommit(StoredHead head, Duration ttl) {
		Duration time = ttl.plus(CHUNK_EXTRA);
		return chunks(length(head)).extend(this.written, time)
			.flatMap((isWhole) -> isWhole ? this.image.commit(head, ttl, time) : Mono.just(false))
			.map(RedisLease::outcome);
	}

	private static long length(StoredHead head) {
		ImageHead image = head.image();
		return (image != null) ? image.length() : 0;
	}

	private static Outcome outcome(boolean isCommitted) {
		return isCommitted ? Outcome.COMMITTED : Outcome.LOST;
	}

	private StoredHead stored(@Nullable ImageHead head) {
		return new StoredHead(this.image.key(), this.position, this.generation, head);
	}

	private static Duration jittered(Duration ttl) {
		return ttl.minusMillis(ThreadLocalRandom.current().nextLong(ttl.toMillis() / 10 + 1));
	}

}
