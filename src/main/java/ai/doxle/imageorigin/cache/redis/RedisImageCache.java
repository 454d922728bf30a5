package ai.doxle.imageorigin.cache.redis;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBuffer;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.cache.BrokenImageException;
import ai.doxle.imageorigin.cache.RegionalAnswer;
import ai.doxle.imageorigin.cache.RegionalCache;
import ai.doxle.imageorigin.cache.RegionalPurge;
import ai.doxle.imageorigin.cache.redis.link.LuaScript;
import ai.doxle.imageorigin.cache.redis.link.RedisLink;
import ai.doxle.imageorigin.cache.redis.link.ScriptReply;
import ai.doxle.imageorigin.cache.redis.purge.JournalPosition;
import ai.doxle.imageorigin.cache.redis.purge.PurgeJournal;
import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSelection;

/**
 * The region's cache in Redis.
 * <p>
 * An image is there when its head is, and the head is written last. What is read is
 * checked: a head or chunk that is damaged, missing, of another load or older than a
 * purge is as good as none, and is deleted.
 */
final class RedisImageCache implements RegionalCache {

	/** How often something useless may be found and deleted before a claim gives up. */
	private static final int ATTEMPTS = 3;

	private final RedisContext tier;

	private final RedisLink link;

	private final String instance;

	private final AtomicLong loads = new AtomicLong();

	/**
	 * @param instance tells this instance from all others, also from those before it
	 */
	RedisImageCache(RedisContext tier, String instance) {
		this.tier = tier;
		this.link = tier.link();
		this.instance = instance;
	}

	@Override
	public Mono<RegionalAnswer> claim(ImageKey key) {
		return Mono.defer(() -> this.tier.journal().isKnown() ? ask(key, new ImageKeys(key)) : unavailable())
			.repeatWhenEmpty(ATTEMPTS, (rounds) -> rounds)
			.onErrorResume((failure) -> unavailable());
	}

	private static Mono<RegionalAnswer> unavailable() {
		return Mono.just(new RegionalAnswer.Unavailable());
	}

	/** Empty if what was found had to be deleted. */
	private Mono<RegionalAnswer> ask(ImageKey key, ImageKeys keys) {
		String generation = this.instance + "." + Long.toString(this.loads.incrementAndGet(), Character.MAX_RADIX);
		JournalPosition position = this.tier.journal().position();
		return this.link
			.run(LuaScript.CLAIM, List.of(keys.head(), keys.first(), keys.lease()), generation,
					RedisLease.TIME.toMillis(), position)
			.flatMap((reply) -> switch (reply.word()) {
				case "held" -> held(key, keys, reply, (chunks) -> first(chunks, reply));
				case "loading" -> loading(key, keys, reply);
				default -> Mono.just(
						new RegionalAnswer.Granted(new RedisLease(this.tier, key, keys, generation, position).begin()));
			});
	}

	/**
	 * @param bytes all bytes of the image, or null if it is of no use
	 */
	private Mono<RegionalAnswer> held(ImageKey key, ImageKeys keys, ScriptReply reply,
			Function<StoredChunks, @Nullable Flux<DataBuffer>> bytes) {
		byte[] encoded = reply.bytes(1);
		StoredHead stored = valid(key, encoded);
		RegionalAnswer answer = (stored != null) ? answer(keys, stored, encoded, reply, bytes) : null;
		return (answer != null) ? Mono.just(answer) : discard(keys, encoded, stored).then(Mono.empty());
	}

	private @Nullable RegionalAnswer answer(ImageKeys keys, StoredHead stored, byte[] encoded, ScriptReply reply,
			Function<StoredChunks, @Nullable Flux<DataBuffer>> bytes) {
		ImageHead head = stored.image();
		return (head != null) ? image(keys, stored, head, encoded, bytes) : absent(reply.number(3));
	}

	/** The first chunk came with the head. */
	private static @Nullable Flux<DataBuffer> first(StoredChunks chunks, ScriptReply reply) {
		ByteBuffer chunk = reply.buffer(2);
		ByteBuffer first = (chunk != null) ? chunks.check(chunk, 0) : null;
		return (first != null) ? chunks.all(first) : null;
	}

	/** The first chunk is there, and is fetched if somebody wants the bytes. */
	private static @Nullable Flux<DataBuffer> all(StoredChunks chunks, ScriptReply reply) {
		return (reply.number(2) == 1) ? chunks.all() : null;
	}

	/** A head that is ours and newer than any purge of its image. */
	private @Nullable StoredHead valid(ImageKey key, byte[] encoded) {
		StoredHead stored = StoredHeadCodec.decode(encoded, key);
		return (stored != null && !this.tier.journal().tookSince(key, stored.position())) ? stored : null;
	}

	private static @Nullable RegionalAnswer absent(long millis) {
		return (millis >= 0) ? new RegionalAnswer.KnownAbsent(Duration.ofMillis(millis)) : null;
	}

	private @Nullable RegionalAnswer image(ImageKeys keys, StoredHead stored, ImageHead head, byte[] encoded,
			Function<StoredChunks, @Nullable Flux<DataBuffer>> bytes) {
		Flux<DataBuffer> body = bytes.apply(new StoredChunks(this.link, keys, stored.generation(), head.length()));
		return (body != null)
				? new RegionalAnswer.Held(head, body.onErrorResume(
						(failure) -> discardIfBroken(failure, keys, encoded, stored).thenMany(Flux.error(failure))))
				: null;
	}

	/** An image that Redis did not hand out in time is still an image. */
	private Mono<Void> discardIfBroken(Throwable failure, ImageKeys keys, byte[] encoded, StoredHead stored) {
		boolean isBroken = failure instanceof BrokenImageException && failure.getCause() == null;
		return isBroken ? discard(keys, encoded, stored).onErrorComplete() : Mono.empty();
	}

	private Mono<Void> discard(ImageKeys keys, byte[] encoded, @Nullable StoredHead stored) {
		return this.link.run(LuaScript.DISCARD, List.of(keys.head(), keys.first()), encoded)
			.then((stored != null) ? drop(keys, stored) : Mono.empty());
	}

	private Mono<Void> drop(ImageKeys keys, StoredHead stored) {
		ImageHead head = stored.image();
		if (head == null) {
			return Mono.empty();
		}
		return new StoredChunks(this.link, keys, stored.generation(), head.length())
			.drop(ImageChunk.count(head.length()));
	}

	private Mono<RegionalAnswer> loading(ImageKey key, ImageKeys keys, ScriptReply reply) {
		LoadProgress progress = LoadProgress.parse(reply, key);
		if (progress == null || this.tier.journal().tookSince(key, progress.position())) {
			return this.link.run(LuaScript.RELEASE, List.of(keys.lease(), keys.first()), reply.bytes(1))
				.then(Mono.empty());
		}
		return Mono.just(new RegionalAnswer.Loading(new FollowedLoad(this.link, key, keys, progress).image()));
	}

	@Override
	public Mono<RegionalAnswer> look(ImageKey key) {
		return Mono.defer(() -> this.tier.journal().isKnown() ? read(key, new ImageKeys(key)) : unavailable())
			.onErrorResume((failure) -> unavailable());
	}

	private Mono<RegionalAnswer> read(ImageKey key, ImageKeys keys) {
		return this.link.run(LuaScript.LOOK, List.of(keys.head(), keys.first()))
			.flatMap((reply) -> reply.word().equals("held") ? held(key, keys, reply, (chunks) -> all(chunks, reply))
					: Mono.empty())
			.defaultIfEmpty(new RegionalAnswer.Missing());
	}

	@Override
	public boolean takes(long length) {
		return length <= this.tier.properties().maxObjectSize().toBytes();
	}

	@Override
	public Mono<RegionalPurge> forget(ImageSelection selection) {
		PurgeJournal journal = this.tier.journal();
		return journal.begin(selection)
			.thenMany(this.tier.index().take(selection, this::delete))
			.filter((wasThere) -> wasThere)
			.count()
			.flatMap((count) -> journal.end(selection)
				.timed()
				.map((late) -> new RegionalPurge(count, late.get(), late.elapsed())))
			.onErrorMap((failure) -> new ImageFailure.Unavailable("Redis was not told to forget", failure));
	}

	@Override
	public boolean isReceivingPurges() {
		return this.tier.journal().isBeingRead();
	}

	private Mono<Boolean> delete(ImageKey key) {
		ImageKeys keys = new ImageKeys(key);
		return this.link.run(LuaScript.PURGE, List.of(keys.head(), keys.first(), keys.lease()))
			.flatMap((reply) -> drop(key, keys, reply.bytes(2)).then(drop(key, keys, reply.bytes(0))));
	}

	/** Whether that was the head of an image. */
	private Mono<Boolean> drop(ImageKey key, ImageKeys keys, byte[] head) {
		StoredHead stored = StoredHeadCodec.decode(head, key);
		return (stored == null || stored.image() == null) ? Mono.just(false) : drop(keys, stored).thenReturn(true);
	}

}
