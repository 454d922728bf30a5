package ai.doxle.imageorigin.admin.events;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Has work with the same key done one after the other, in the order of subscription.
 */
final class KeyedTurns {

	private final ConcurrentMap<String, Mono<Void>> last = new ConcurrentHashMap<>();

	/** The work, as soon as all that came before it with its key has ended. */
	<T> Mono<T> inTurn(String key, Mono<T> work) {
		return Mono.defer(() -> {
			Sinks.Empty<Void> end = Sinks.empty();
			Mono<Void> turn = end.asMono();
			Mono<Void> before = this.last.put(key, turn);
			Mono<T> ready = (before != null) ? before.then(work) : work;
			return ready.doFinally((signal) -> {
				this.last.remove(key, turn);
				end.tryEmitEmpty();
			});
		});
	}

}
