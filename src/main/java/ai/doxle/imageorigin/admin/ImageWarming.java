package ai.doxle.imageorigin.admin;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.stream.Collectors;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import ai.doxle.imageorigin.delivery.WarmResult;
import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.runtime.Turns;

/**
 * Warms images in the background, a few at a time: single ones, whose callers wait for
 * the result, and batches, one after the other. They take turns.
 */
public final class ImageWarming implements AutoCloseable {

	/**
	 * How many images are loaded at the same time: more make readers wait, not events.
	 */
	static final int CONCURRENCY = 2;

	/** How many batches may wait. */
	static final int MAX_WAITING = 16;

	/** How many images may wait for their turn. */
	static final int MAX_IMAGES_WAITING = 256;

	private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

	private static final Logger logger = LoggerFactory.getLogger(ImageWarming.class);

	private final InstanceImages images;

	private final Turns turns;

	private final Sinks.Many<List<ImageKey>> batches = Sinks.many()
		.unicast()
		.onBackpressureBuffer(new ArrayBlockingQueue<>(MAX_WAITING));

	private final Disposable work;

	/**
	 * @param images warms them
	 * @param executor where an image is loaded when its turn has come
	 */
	ImageWarming(InstanceImages images, Executor executor) {
		this.images = images;
		this.turns = new Turns(CONCURRENCY, MAX_IMAGES_WAITING, executor);
		this.work = this.batches.asFlux().concatMap(this::warm, 1).subscribe();
	}

	/**
	 * Has images warmed after those that are waiting already.
	 * @return false if too many are
	 */
	public synchronized boolean offer(Collection<ImageKey> keys) {
		return this.batches.tryEmitNext(List.copyOf(keys)).isSuccess();
	}

	/**
	 * Warms one image as soon as it is its turn.
	 * @return how that ended; fails with {@link ImageFailure.Busy} if too many wait
	 */
	public Mono<WarmResult> warm(ImageKey key) {
		return this.turns.during(() -> this.images.warm(key))
			.onErrorMap(Turns::isRefusal,
					(refusal) -> new ImageFailure.Busy("too many images wait to be warmed", RETRY_AFTER, refusal));
	}

	private Mono<Void> warm(List<ImageKey> batch) {
		return Flux.fromIterable(batch)
			.flatMap(this::outcome, CONCURRENCY)
			.collect(Collectors.groupingBy(Function.identity(), Collectors.counting()))
			.doOnNext((outcomes) -> log(batch.size(), outcomes))
			.then();
	}

	private Mono<Outcome> outcome(ImageKey key) {
		return warm(key).map((result) -> switch (result) {
			case CACHED -> Outcome.WARM;
			case ABSENT, NOT_AN_IMAGE, NOT_KEPT -> Outcome.NOT_KEPT;
			case BROKEN -> Outcome.FAILED;
		}).defaultIfEmpty(Outcome.NOT_KEPT).onErrorResume((failure) -> {
			logger.debug("Cannot warm {}: {}", key, failure.getMessage());
			return Mono.just(Outcome.FAILED);
		});
	}

	private static void log(int size, Map<Outcome, Long> outcomes) {
		logger.info("Warmed {} of {} images: {} absent, no images or not kept, {} failed",
				outcomes.getOrDefault(Outcome.WARM, 0L), size, outcomes.getOrDefault(Outcome.NOT_KEPT, 0L),
				outcomes.getOrDefault(Outcome.FAILED, 0L));
	}

	@Override
	public void close() {
		this.work.dispose();
		this.turns.close();
	}

	private enum Outcome {

		WARM, NOT_KEPT, FAILED

	}

}
