package ai.doxle.imageorigin.cache.redis;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBuffer;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.cache.BrokenImageException;
import ai.doxle.imageorigin.cache.RegionalAnswer;
import ai.doxle.imageorigin.cache.RegionalCache;
import ai.doxle.imageorigin.cache.RegionalPurge;
import ai.doxle.imageorigin.cache.redis.ImageReply.FirstChunk;
import ai.doxle.imageorigin.cache.redis.purge.JournalPosition;
import ai.doxle.imageorigin.cache.redis.purge.PurgeJournal;
import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSelection;

/**
 * The regional cache in Redis.
 * <p>
 * The head of an image is written last: it commits the image. Everything read is
 * verified. A head or chunk that is damaged, missing, from another load or older than a
 * purge is deleted and counts as a miss.
 */
final class RedisImageCache implements RegionalCache {

	/** How often a claim is repeated after an unusable image or load was deleted. */
	private static final int ATTEMPTS = 3;

	private final RedisContext context;

	private final String instance;

	private final AtomicLong loads = new AtomicLong();

	/**
	 * @param instance a unique id of this instance, never used before
	 */
	RedisImageCache(RedisContext context, String instance) {
		this.context = context;
		this.instance = instance;
	}

	@Override
	public Mono<RegionalAnswer> claim(ImageKey key) {
		return Mono.defer(() -> this.context.journal().isCaughtUp() ? claim(image(key)) : unavailable())
			.repeatWhenEmpty(ATTEMPTS, (rounds) -> rounds)
			.onErrorResume((failure) -> unavailable());
	}

	private static Mono<RegionalAnswer> unavailable() {
		return Mono.just(new RegionalAnswer.Unavailable());
	}

	/** Empty if what was found had to be deleted. */
	private Mono<RegionalAnswer> claim(RedisImage image) {
		String generation = this.instance + "." + Long.toString(this.loads.incrementAndGet(), Character.MAX_RADIX);
		JournalPosition position = this.context.journal().position();
		return image.claim(generation, position, RedisLease.TIME).flatMap((reply) -> switch (reply) {
			case ImageReply.Held held -> held(image, held);
			case ImageReply.Loading loading -> loading(image, loading);
			case ImageReply.Granted _ -> Mono
				.just(new RegionalAnswer.Granted(new RedisLease(this.context, image, generation, position).begin()));
		});
	}

	private Mono<RegionalAnswer> held(RedisImage image, ImageReply.Held held) {
		StoredHead stored = valid(image.key(), held.head());
		RegionalAnswer answer = (stored != null) ? answer(image, held, stored) : null;
		return (answer != null) ? Mono.just(answer) : discard(image, held, stored).then(Mono.empty());
	}

	/** A head that can be decoded and is newer than any purge of its image. */
	private @Nullable StoredHead valid(ImageKey key, @Nullable StoredHead stored) {
		return (stored != null && !this.context.journal().isPurgedSince(key, stored.position())) ? stored : null;
	}

	private @Nullable RegionalAnswer answer(RedisImage image, ImageReply.Held held, StoredHead stored) {
		ImageHead head = stored.image();
		return (head != null) ? answer(image, held, stored, head) : absent(held.rest());
	}

	private static @Nullable RegionalAnswer absent(long millis) {
		return (millis >= 0) ? new RegionalAnswer.KnownAbsent(Duration.ofMillis(millis)) : null;
	}

	private @Nullable RegionalAnswer answer(RedisImage image, ImageReply.Held held, StoredHead stored, ImageHead head) {
		Flux<DataBuffer> body = body(image.chunks(stored.generation(), head.length()), held.first());
		return (body != null)
				? new RegionalAnswer.Held(head, body.onErrorResume(
						(failure) -> discardIfBroken(failure, image, held, stored).thenMany(Flux.error(failure))))
				: null;
	}

	/** Null if the first chunk is missing or damaged. */
	private static @Nullable Flux<DataBuffer> body(StoredChunks chunks, FirstChunk first) {
		return switch (first) {
			case FirstChunk.Fetched fetched -> body(chunks, fetched.chunk());
			case FirstChunk.Stored _ -> chunks.all();
			case FirstChunk.Missing _ -> null;
		};
	}

	private static @Nullable Flux<DataBuffer> body(StoredChunks chunks, ByteBuffer chunk) {
		ByteBuffer first = chunks.check(chunk, 0);
		return (first != null) ? chunks.all(first) : null;
	}

	/** An image that Redis did not deliver in time is not broken. */
	private static Mono<Void> discardIfBroken(Throwable failure, RedisImage image, ImageReply.Held held,
			StoredHead stored) {
		boolean isBroken = failure instanceof BrokenImageException && failure.getCause() == null;
		return isBroken ? discard(image, held, stored).onErrorComplete() : Mono.empty();
	}

	private static Mono<Void> discard(RedisImage image, ImageReply.Held held, @Nullable StoredHead stored) {
		return image.discard(held).then(drop(image, stored));
	}

	/** Deletes the chunks of an image after the first. */
	private static Mono<Void> drop(RedisImage image, @Nullable StoredHead stored) {
		ImageHead head = (stored != null) ? stored.image() : null;
		if (stored == null || head == null) {
			return Mono.empty();
		}
		StoredChunks chunks = image.chunks(stored.generation(), head.length());
		return chunks.drop(chunks.count());
	}

	private Mono<RegionalAnswer> loading(RedisImage image, ImageReply.Loading loading) {
		LoadProgress progress = loading.progress();
		if (progress == null || this.context.journal().isPurgedSince(image.key(), progress.position())) {
			return image.release(loading).then(Mono.empty());
		}
		return Mono.just(new RegionalAnswer.Loading(new FollowedLoad(image, progress).image()));
	}

	@Override
	public Mono<RegionalAnswer> look(ImageKey key) {
		return Mono.defer(() -> this.context.journal().isCaughtUp() ? look(image(key)) : unavailable())
			.onErrorResume((failure) -> unavailable());
	}

	private Mono<RegionalAnswer> look(RedisImage image) {
		return image.look().flatMap((reply) -> switch (reply) {
			case ImageReply.Held held -> held(image, held);
			case ImageReply.Missing _ -> Mono.empty();
		}).defaultIfEmpty(new RegionalAnswer.Missing());
	}

	private RedisImage image(ImageKey key) {
		return new RedisImage(this.context.link(), key);
	}

	@Override
	public boolean takes(long length) {
		return length <= this.context.properties().maxObjectSize().toBytes();
	}

	@Override
	public Mono<RegionalPurge> forget(ImageSelection selection) {
		PurgeJournal journal = this.context.journal();
		return journal.begin(selection)
			.thenMany(this.context.index().delete(selection, this::delete))
			.filter((wasThere) -> wasThere)
			.count()
			.flatMap((count) -> journal.end(selection)
				.timed()
				.map((late) -> new RegionalPurge(count, late.get(), late.elapsed())))
			.onErrorMap(
					(failure) -> new ImageFailure.Unavailable("the purge could not be carried out in Redis", failure));
	}

	@Override
	public boolean isReceivingPurges() {
		return this.context.journal().isReceivingPurges();
	}

	/** Whether there was an image. */
	private Mono<Boolean> delete(ImageKey key) {
		RedisImage image = image(key);
		return image.purge()
			.flatMap((purged) -> drop(image, purged.loading()).then(drop(image, purged.committed()))
				.thenReturn(isImage(purged.committed())));
	}

	private static boolean isImage(@Nullable StoredHead stored) {
		return stored != null && stored.image() != null;
	}

}
