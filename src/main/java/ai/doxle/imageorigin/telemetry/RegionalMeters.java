package ai.doxle.imageorigin.telemetry;

import java.util.Locale;

import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.BaseUnits;
import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.cache.RegionalAnswer;
import ai.doxle.imageorigin.cache.RegionalPurge;

/**
 * The meters of the regional tier. They are there, at 0, without such a tier, too.
 */
final class RegionalMeters {

	/** Bytes that came from the region. */
	final Counter read;

	private final Counter unacknowledged;

	private final Timer acknowledgements;

	private final MeterRegistry registry;

	RegionalMeters(MeterRegistry registry) {
		this.registry = registry;
		this.read = Counter.builder("image.origin.regional.bytes")
			.description("Bytes of images that came from the region, or were written to it")
			.baseUnit(BaseUnits.BYTES)
			.tag("direction", "read")
			.register(registry);
		this.unacknowledged = Counter.builder("image.origin.purge.unacknowledged")
			.description("Instances that did not acknowledge a purge in time")
			.register(registry);
		this.acknowledgements = Latencies
			.timer("image.origin.purge.acknowledgements", "How long purges wait for the instances of the region")
			.register(registry);
		for (Answer answer : Answer.values()) {
			answers(Question.CLAIM, answer);
		}
	}

	/** Counts a purge in the region. */
	void purged(RegionalPurge purge) {
		this.acknowledgements.record(purge.waited());
		this.unacknowledged.increment(purge.unacknowledged().size());
	}

	/** An answer of the region, timed from subscription. */
	Mono<RegionalAnswer> timed(Question question, Mono<RegionalAnswer> answering) {
		return Mono.defer(() -> {
			Timer.Sample start = Timer.start(Clock.SYSTEM);
			return answering.doOnNext((answer) -> start.stop(answers(question, Answer.of(answer))));
		});
	}

	private Timer answers(Question question, Answer answer) {
		return Latencies
			.timer("image.origin.regional.answers", "How long the region takes to answer whether it has an image")
			.tag("question", tag(question))
			.tag("answer", tag(answer))
			.register(this.registry);
	}

	private static String tag(Enum<?> value) {
		return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
	}

	/** What the region is asked. */
	enum Question {

		/** For the image, or the right to load it. */
		CLAIM,
		/** For the image. */
		LOOK

	}

	private enum Answer {

		HELD, LOADING, KNOWN_ABSENT, GRANTED, MISSING, UNAVAILABLE, OFF;

		static Answer of(RegionalAnswer answer) {
			return switch (answer) {
				case RegionalAnswer.Held held -> HELD;
				case RegionalAnswer.Loading loading -> LOADING;
				case RegionalAnswer.KnownAbsent absent -> KNOWN_ABSENT;
				case RegionalAnswer.Granted granted -> GRANTED;
				case RegionalAnswer.Missing missing -> MISSING;
				case RegionalAnswer.Unavailable unavailable -> UNAVAILABLE;
				case RegionalAnswer.Off off -> OFF;
			};
		}

	}

}
