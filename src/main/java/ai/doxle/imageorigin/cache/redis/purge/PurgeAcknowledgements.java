package ai.doxle.imageorigin.cache.redis.purge;

import java.time.Duration;
import java.util.List;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Waits until every instance that is alive has forgotten what was purged.
 */
final class PurgeAcknowledgements {

	/** How long instances are waited for. */
	static final Duration TIMEOUT = LiveInstances.SILENCE;

	private static final Duration PERIOD = Duration.ofMillis(50);

	private final LiveInstances instances;

	private final Mono<Void> beat;

	/**
	 * @param beat sends a heartbeat and hears those of others
	 */
	PurgeAcknowledgements(LiveInstances instances, Mono<Void> beat) {
		this.instances = instances;
		this.beat = beat;
	}

	/**
	 * Waits for acknowledgements of a purge.
	 * @param position its place in the journal
	 * @return who has not acknowledged it in time; never fails
	 */
	Mono<List<String>> await(JournalPosition position) {
		return Flux.interval(Duration.ZERO, PERIOD)
			.onBackpressureDrop()
			.concatMap((tick) -> this.beat.onErrorComplete().thenReturn(tick), 1)
			.takeUntil((tick) -> this.instances.areKnown() && this.instances.behind(position).isEmpty())
			.take(TIMEOUT)
			.then(Mono.fromSupplier(() -> this.instances.behind(position)));
	}

}
