package ai.doxle.imageorigin.cache.redis;

import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.springframework.core.io.buffer.DataBuffer;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.cache.BrokenImageException;
import ai.doxle.imageorigin.cache.RegionalAnswer.Held;
import ai.doxle.imageorigin.cache.redis.link.LuaScript;
import ai.doxle.imageorigin.cache.redis.link.RedisLink;
import ai.doxle.imageorigin.cache.redis.link.ScriptReply;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;

/**
 * A load that another instance runs, watched through its lease.
 */
final class FollowedLoad {

	/** For how long a load may make no progress. */
	private static final Duration PATIENCE = Duration.ofSeconds(10);

	private static final long SHORTEST_PAUSE = 20;

	private static final long LONGEST_PAUSE = 50;

	private final RedisLink link;

	private final ImageKey key;

	private final ImageKeys keys;

	/** Always of the same generation. */
	private volatile LoadProgress latest;

	/**
	 * @param progress how far it has come already
	 */
	FollowedLoad(RedisLink link, ImageKey key, ImageKeys keys, LoadProgress progress) {
		this.link = link;
		this.key = key;
		this.keys = keys;
		this.latest = progress;
	}

	/** The image as soon as its head is known; empty if the load ends without one. */
	Mono<Held> image() {
		return await((progress) -> progress.head() != null).mapNotNull(this::held).onErrorComplete();
	}

	private @Nullable Held held(LoadProgress progress) {
		ImageHead head = (progress.head() != null) ? progress.head().image() : null;
		return (head != null)
				? new Held(head, body(new StoredChunks(this.link, this.keys, progress.generation(), head.length())))
				: null;
	}

	private Flux<DataBuffer> body(StoredChunks chunks) {
		return Flux.range(0, chunks.count())
			.concatMap((index) -> await((progress) -> progress.chunks() > index).then(chunks.bytes(index)), 0)
			.onErrorMap(StoredChunks::asBroken);
	}

	private Mono<LoadProgress> await(Predicate<LoadProgress> enough) {
		return Mono.fromSupplier(() -> this.latest)
			.filter(enough)
			.switchIfEmpty(poll().filter(enough).repeatWhenEmpty(FollowedLoad::pauses).timeout(PATIENCE));
	}

	private static Publisher<Long> pauses(Flux<Long> rounds) {
		return rounds
			.concatMap((round) -> Mono.delay(Duration.ofMillis(Math.min(SHORTEST_PAUSE + 5 * round, LONGEST_PAUSE))));
	}

	private Mono<LoadProgress> poll() {
		return this.link.run(LuaScript.FOLLOW, List.of(this.keys.head(), this.keys.lease()))
			.map(this::progress)
			.doOnNext((progress) -> this.latest = progress);
	}

	private LoadProgress progress(ScriptReply reply) {
		LoadProgress progress = switch (reply.word()) {
			case "held" -> committed(reply.bytes(1));
			case "loading" -> LoadProgress.parse(reply, this.key);
			default -> null;
		};
		if (progress == null || !progress.generation().equals(this.latest.generation())) {
			throw new BrokenImageException("the instance that was loading the image is gone", null);
		}
		return progress;
	}

	private @Nullable LoadProgress committed(byte[] encoded) {
		StoredHead head = StoredHeadCodec.decode(encoded, this.key);
		return (head != null) ? new LoadProgress(head.generation(), head.position(), head, Integer.MAX_VALUE) : null;
	}

}
