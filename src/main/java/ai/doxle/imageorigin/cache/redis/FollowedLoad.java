package ai.doxle.imageorigin.cache.redis;

import java.time.Duration;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.springframework.core.io.buffer.DataBuffer;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.cache.BrokenImageException;
import ai.doxle.imageorigin.cache.RegionalAnswer.Held;
import ai.doxle.imageorigin.image.ImageHead;

/**
 * A load by another instance, followed through its lease.
 */
final class FollowedLoad {

	/** How long a load may make no progress. */
	private static final Duration TIMEOUT = Duration.ofSeconds(10);

	private static final long SHORTEST_PAUSE = 20;

	private static final long LONGEST_PAUSE = 50;

	private final RedisImage image;

	/** Its generation never changes. */
	private volatile LoadProgress latest;

	/**
	 * @param progress the progress that the claim returned
	 */
	FollowedLoad(RedisImage image, LoadProgress progress) {
		this.image = image;
		this.latest = progress;
	}

	/** The image as soon as its head is known; empty if the load ends without one. */
	Mono<Held> image() {
		return await((progress) -> progress.head() != null).mapNotNull(this::held).onErrorComplete();
	}

	private @Nullable Held held(LoadProgress progress) {
		ImageHead head = (progress.head() != null) ? progress.head().image() : null;
		return (head != null) ? new Held(head, body(this.image.chunks(progress.generation(), head.length()))) : null;
	}

	private Flux<DataBuffer> body(StoredChunks chunks) {
		return Flux.range(0, chunks.count())
			.concatMap((index) -> await((progress) -> progress.chunks() > index).then(chunks.bytes(index)), 0)
			.onErrorMap(StoredChunks::asBroken);
	}

	private Mono<LoadProgress> await(Predicate<LoadProgress> enough) {
		return Mono.fromSupplier(() -> this.latest)
			.filter(enough)
			.switchIfEmpty(poll().filter(enough).repeatWhenEmpty(FollowedLoad::pauses).timeout(TIMEOUT));
	}

	private static Publisher<Long> pauses(Flux<Long> rounds) {
		return rounds
			.concatMap((round) -> Mono.delay(Duration.ofMillis(Math.min(SHORTEST_PAUSE + 5 * round, LONGEST_PAUSE))));
	}

	private Mono<LoadProgress> poll() {
		return this.image.follow().map(this::progress).doOnNext((progress) -> this.latest = progress);
	}

	private LoadProgress progress(ImageReply.ToFollow reply) {
		LoadProgress progress = switch (reply) {
			case ImageReply.Committed committed -> complete(committed.head());
			case ImageReply.Loading loading -> loading.progress();
			case ImageReply.Missing _ -> null;
		};
		if (progress == null || !progress.generation().equals(this.latest.generation())) {
			throw new BrokenImageException("the load of another instance has ended without the image", null);
		}
		return progress;
	}

	private static @Nullable LoadProgress complete(@Nullable StoredHead head) {
		return (head != null) ? new LoadProgress(head.generation(), head.position(), head, Integer.MAX_VALUE) : null;
	}

}
