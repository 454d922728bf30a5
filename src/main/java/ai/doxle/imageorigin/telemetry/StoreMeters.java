package ai.doxle.imageorigin.telemetry;

import java.util.List;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.BaseUnits;
import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.image.ImageFailure;

/**
 * The meters of the store.
 */
final class StoreMeters {

	static final String HEAD = "head";

	static final String OPEN = "open";

	static final String OPEN_SPAN = "open-span";

	private static final String FOUND = "found";

	private static final String ABSENT = "absent";

	private final MeterRegistry registry;

	private final Counter bytes;

	StoreMeters(MeterRegistry registry) {
		this.registry = registry;
		this.bytes = Counter.builder("image.origin.store.bytes")
			.description("Bytes of images that came from the store")
			.baseUnit(BaseUnits.BYTES)
			.register(registry);
		for (String operation : List.of(HEAD, OPEN, OPEN_SPAN)) {
			answers(operation, FOUND);
			answers(operation, ABSENT);
		}
	}

	void count(int bytesRead) {
		this.bytes.increment(bytesRead);
	}

	/** An answer of the store, timed from subscription to its head. */
	<T> Mono<T> timed(String operation, Mono<T> answer) {
		return Mono.defer(() -> {
			Timer.Sample start = Timer.start(this.registry);
			return answer.doOnSuccess((found) -> start.stop(answers(operation, (found != null) ? FOUND : ABSENT)))
				.doOnError((failure) -> start.stop(answers(operation, outcome(failure))))
				.doOnCancel(() -> start.stop(answers(operation, "cancelled")));
		});
	}

	private Timer answers(String operation, String outcome) {
		return Latencies
			.timer("image.origin.store.answers",
					"How long the store takes to answer with a head, retries and replicas included")
			.tag("operation", operation)
			.tag("outcome", outcome)
			.register(this.registry);
	}

	private static String outcome(Throwable failure) {
		return switch (failure) {
			case ImageFailure.Abandoned abandoned -> "cancelled";
			case ImageFailure.Busy busy -> "busy";
			case ImageFailure.Changed changed -> "changed";
			case ImageFailure.CredentialsRefused refused -> "credentials-refused";
			case ImageFailure.Forbidden forbidden -> "forbidden";
			case ImageFailure.TimedOut late -> "timed-out";
			case ImageFailure.Unreadable unreadable -> "unreadable";
			default -> "unavailable";
		};
	}

}
