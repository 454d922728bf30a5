package ai.doxle.imageorigin.admin;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.function.Function;
import java.util.stream.Collectors;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import ai.doxle.imageorigin.image.ImageKey;

/**
 * Warms images in the background, a few at a time, batch after batch.
 */
public final class ImageWarming implements AutoCloseable {

	/** How many images are loaded at the same time. */
	static final int CONCURRENCY = 4;

	/** How many batches may wait. */
	static final int MAX_WAITING = 16;

	private static final Logger logger = LoggerFactory.getLogger(ImageWarming.class);

	private final InstanceImages images;

	private final Sinks.Many<List<ImageKey>> batches = Sinks.many()
		.unicast()
		.onBackpressureBuffer(new ArrayBlockingQueue<>(MAX_WAITING));

	private final Disposable work;

	ImageWarming(InstanceImages images) {
		this.images = images;
		this.work = this.batches.asFlux().concatMap(this::warm, 1).subscribe();
	}

	/**
	 * Has images warmed after those that are waiting already.
	 * @return false if too many are
	 */
	public synchronized boolean offer(Collection<ImageKey> keys) {
		return this.batches.tryEmitNext(List.copyOf(keys)).isSuccess();
	}

	private Mono<Void> warm(List<ImageKey> batch) {
		return Flux.fromIterable(batch)
			.flatMap(this::warm, CONCURRENCY)
			.collect(Collectors.groupingBy(Function.identity(), Collectors.counting()))
			.doOnNext((outcomes) -> log(batch.size(), outcomes))
			.then();
	}

	private Mono<Outcome> warm(ImageKey key) {
		return Mono.defer(() -> this.images.warm(key))
			.map((found) -> found ? Outcome.WARM : Outcome.NOT_KEPT)
			.defaultIfEmpty(Outcome.NOT_KEPT)
			.onErrorResume((failure) -> {
				logger.debug("Cannot warm {}: {}", key, failure.getMessage());
				return Mono.just(Outcome.FAILED);
			});
	}

	private static void log(int size, Map<Outcome, Long> outcomes) {
		logger.info("Warmed {} of {} images: {} absent or too large, {} failed",
				outcomes.getOrDefault(Outcome.WARM, 0L), size, outcomes.getOrDefault(Outcome.NOT_KEPT, 0L),
				outcomes.getOrDefault(Outcome.FAILED, 0L));
	}

	@Override
	public void close() {
		this.work.dispose();
	}

	private enum Outcome {

		WARM, NOT_KEPT, FAILED

	}

}
