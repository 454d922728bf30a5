package ai.doxle.imageorigin.admin.events;

import java.time.Clock;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

import ai.doxle.imageorigin.admin.ImagePurge;
import ai.doxle.imageorigin.admin.PurgeFailure;
import ai.doxle.imageorigin.admin.events.payload.ImageEvent;
import ai.doxle.imageorigin.admin.events.payload.ImageEvent.StoredObject;
import ai.doxle.imageorigin.admin.events.payload.Sequencer;
import ai.doxle.imageorigin.cache.EventOrder;
import ai.doxle.imageorigin.cache.EventOrder.Turn;
import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSelection;
import ai.doxle.imageorigin.image.InvalidImageKeyException;
import ai.doxle.imageorigin.runtime.RateLimitedLog;

/**
 * Does what events ask for, whichever way they came. Those about one object are done one
 * after the other; a late or a repeated one has no effect. While Redis or the CDN is
 * unavailable, an event is tried again for some minutes, so that it waits rather than is
 * lost.
 */
public final class EventHandler {

	/** One attempt, at worst. */
	private static final Duration TIMEOUT = Duration.ofMinutes(3);

	/** Its pauses come to about ten minutes. */
	private static final Retry PATIENCE = Retry.backoff(62, Duration.ofMillis(200))
		.maxBackoff(Duration.ofSeconds(10))
		.filter(EventHandler::passes)
		.onRetryExhaustedThrow((retry, signal) -> signal.failure());

	/** The events of one purge are the same event, repeated. */
	private static final String ONCE = "1".repeat(Sequencer.LENGTH);

	private static final Logger logger = LoggerFactory.getLogger(EventHandler.class);

	private final EventOrder order;

	private final CreatedImages created;

	private final ImagePurge purge;

	private final Set<String> buckets;

	private final EventMeters meters;

	private final KeyedTurns turns = new KeyedTurns();

	private final RateLimitedLog log = new RateLimitedLog(logger, Clock.systemUTC());

	/**
	 * @param buckets the names of our buckets
	 */
	EventHandler(EventOrder order, CreatedImages created, ImagePurge purge, Set<String> buckets, EventMeters meters) {
		this.order = order;
		this.created = created;
		this.purge = purge;
		this.buckets = Set.copyOf(buckets);
		this.meters = meters;
	}

	/**
	 * Does what an event asks for.
	 * @return how that ended; {@link EventOutcome#FAILED} if it did not succeed. Never
	 * fails, never empty
	 */
	public Mono<EventOutcome> handle(ImageEvent event) {
		return Mono.defer(() -> outcome(event))
			.onErrorResume((failure) -> failed(event, failure))
			.doOnNext((outcome) -> this.meters.ended(event, outcome));
	}

	private Mono<EventOutcome> outcome(ImageEvent event) {
		return switch (event) {
			case ImageEvent.OfObject ofObject -> ofObject(ofObject);
			case ImageEvent.PurgeAsked asked -> inOrder("purge:" + asked.id(), ONCE, "",
					(due) -> this.purge.purgeRegion(asked.selection()).thenReturn(EventOutcome.PURGED));
			case ImageEvent.Other other -> {
				this.log.warn(other.kind(), "Ignored an event of kind " + other.kind());
				yield Mono.just(EventOutcome.IGNORED);
			}
		};
	}

	private Mono<EventOutcome> ofObject(ImageEvent.OfObject event) {
		StoredObject object = event.object();
		if (!this.buckets.contains(object.bucket())) {
			this.log.warn(object.bucket(),
					"Ignored an event of bucket " + object.bucket() + ", which is none of image-origin.store.buckets");
			return Mono.just(EventOutcome.FOREIGN);
		}
		try {
			return ofImage(event, new ImageKey(object.key()));
		}
		catch (InvalidImageKeyException ex) {
			return Mono.just(EventOutcome.INVALID_KEY);
		}
	}

	private Mono<EventOutcome> ofImage(ImageEvent.OfObject event, ImageKey key) {
		return switch (event) {
			case ImageEvent.Created upload -> inOrder(upload, (upload.etag() != null) ? upload.etag().toString() : "",
					(due) -> this.created.refresh(key, upload, due));
			case ImageEvent.Removed removal -> inOrder(removal, "",
					(due) -> this.purge.purgeRegion(new ImageSelection.OneImage(key)).thenReturn(EventOutcome.PURGED));
		};
	}

	private Mono<EventOutcome> inOrder(ImageEvent.OfObject event, String version,
			Function<Turn.Due, Mono<EventOutcome>> work) {
		StoredObject object = event.object();
		String subject = object.bucket() + "/" + object.key();
		Sequencer sequencer = object.sequencer();
		return (sequencer != null) ? inOrder(subject, sequencer.digits(), version, work)
				: this.turns.inTurn(subject, patiently(Mono.defer(() -> work.apply(Turn.Due.FIRST))));
	}

	private Mono<EventOutcome> inOrder(String subject, String sequence, String version,
			Function<Turn.Due, Mono<EventOutcome>> work) {
		return this.turns.inTurn(subject,
				patiently(this.order.begin(subject, sequence, version).flatMap((turn) -> switch (turn) {
					case Turn.Late _ -> Mono.just(EventOutcome.LATE);
					case Turn.Repeated _ -> Mono.just(EventOutcome.REPEATED);
					case Turn.Due due ->
						work.apply(due).delayUntil((outcome) -> this.order.end(subject, sequence).onErrorComplete());
				})));
	}

	private static Mono<EventOutcome> patiently(Mono<EventOutcome> work) {
		return work.timeout(TIMEOUT).retryWhen(PATIENCE);
	}

	/** Whether a failure says nothing about the event itself. */
	private static boolean passes(Throwable failure) {
		return switch (failure) {
			case ImageFailure.Unavailable _ -> true;
			case ImageFailure.TimedOut _ -> true;
			case ImageFailure.Busy _ -> true;
			case ImageFailure.CredentialsRefused _ -> true;
			case ImageFailure.Changed _ -> true;
			case PurgeFailure _ -> true;
			case TimeoutException _ -> true;
			default -> false;
		};
	}

	private Mono<EventOutcome> failed(ImageEvent event, Throwable failure) {
		this.log.warn(String.valueOf(failure.getMessage()),
				"An event could not be handled: " + event + ". Cause: " + failure);
		return Mono.just(EventOutcome.FAILED);
	}

}
