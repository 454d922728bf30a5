package ai.doxle.imageorigin.admin.events;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.cache.EventOrder;

/**
 * The order of events in this instance, where there is no Redis. Bounded.
 */
final class InstanceOrder implements EventOrder {

	private static final int MAX_SUBJECTS = 100_000;

	private static final Duration TTL = Duration.ofDays(1);

	private final Cache<String, Latest> latest = Caffeine.newBuilder()
		.maximumSize(MAX_SUBJECTS)
		.expireAfterWrite(TTL)
		.build();

	@Override
	public Mono<Turn> begin(String subject, String sequence, String version) {
		return Mono.fromSupplier(() -> {
			AtomicReference<Turn> turn = new AtomicReference<>(new Turn.Late());
			this.latest.asMap().compute(subject, (key, known) -> {
				Latest next = next(known, sequence, version);
				turn.set(turn(known, next));
				return (known != null && turn.get() instanceof Turn.Late) ? known : next;
			});
			return turn.get();
		});
	}

	private static Latest next(@Nullable Latest known, String sequence, String version) {
		return (known != null && known.sequence().equals(sequence)) ? known
				: new Latest(sequence, version, (known != null) ? known.version() : "", false);
	}

	private static Turn turn(@Nullable Latest known, Latest next) {
		if (known != null && known.sequence().compareTo(next.sequence()) > 0) {
			return new Turn.Late();
		}
		return next.done() ? new Turn.Repeated()
				: new Turn.Due(next.before().isEmpty() ? null : next.before(), known != null && !known.done());
	}

	@Override
	public Mono<Void> end(String subject, String sequence) {
		return Mono.fromRunnable(() -> this.latest.asMap()
			.computeIfPresent(subject, (key, known) -> known.sequence().equals(sequence) ? known.ended() : known));
	}

	/**
	 * The latest event of a subject.
	 *
	 * @param before the version that the event before it made, or empty
	 * @param done whether its work is done
	 */
	private record Latest(String sequence, String version, String before, boolean done) {

		Latest ended() {
			return new Latest(this.sequence, this.version, this.before, true);
		}

	}

}
