package ai.doxle.imageorigin.cache.redis.purge;

import java.time.Duration;
import java.util.List;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Waits until all live instances have carried out a purge.
 */
final class PurgeAcknowledgements {

	/** How long to wait for acknowledgements. */
	static final Duration TIMEOUT = LiveInstances.SILENCE;

	private static final Duration PERIOD = Duration.ofMillis(50);

	private final LiveInstances instances;

	private final Mono<Void> beat;

	/**
	 * @param beat sends a heartbeat and reads those of the others
	 */
	PurgeAcknowledgements(LiveInstances instances, Mono<Void> beat) {
		this.instances = instances;
		this.beat = beat;
	}

	/**
	 * Waits for acknowledgements of a purge.
	 * @param position its position in the journal
	 * @return the names of instances that did not acknowledge it in time; never fails
	 */
	Mono<List<String>> await(JournalPosition position) {
		return Flux.interval(Duration.ZERO, PERIOD)
			.onBackpressureDrop()
			.concatMap((tick) -> this.beat.onErrorComplete().thenReturn(tick), 1)
			.takeUntil((tick) -> this.instances.areAllKnown() && this.instances.behind(position).isEmpty())
			.take(TIMEOUT)
			.then(Mono.fromSupplier(() -> this.instances.behind(position)));
	}

}
