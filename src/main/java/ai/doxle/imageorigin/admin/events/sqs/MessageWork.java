package ai.doxle.imageorigin.admin.events.sqs;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;

import ai.doxle.imageorigin.admin.events.EventHandler;
import ai.doxle.imageorigin.admin.events.EventOutcome;
import ai.doxle.imageorigin.admin.events.payload.EventReader;
import ai.doxle.imageorigin.admin.events.payload.InvalidEventException;
import ai.doxle.imageorigin.runtime.RateLimitedLog;

/**
 * The work on messages that were received together: they stay hidden from others until it
 * is done, and are deleted then. A message that cannot be read, or whose work fails, is
 * left, so that it comes again and in the end goes to the dead letter queue.
 */
final class MessageWork {

	/** A third of the time for which a message is hidden. */
	private static final Duration EXTENSION = SqsQueue.VISIBILITY.dividedBy(3);

	/** How many events of one message are worked on at a time. */
	private static final int CONCURRENCY = 8;

	private static final Retry DELETION = Retry.backoff(3, Duration.ofMillis(200));

	private static final Logger logger = LoggerFactory.getLogger(MessageWork.class);

	private final SqsQueue queue;

	private final EventReader reader;

	private final EventHandler handler;

	private final QueueMeters meters;

	private final RateLimitedLog log = new RateLimitedLog(logger, Clock.systemUTC());

	/** What is worked on now. */
	private final Set<Message> inHand = ConcurrentHashMap.newKeySet();

	MessageWork(SqsQueue queue, EventReader reader, EventHandler handler, QueueMeters meters) {
		this.queue = queue;
		this.reader = reader;
		this.handler = handler;
		this.meters = meters;
		meters.countInHand(this.inHand::size);
	}

	/** Works on messages; never fails. */
	Mono<Void> on(List<Message> messages) {
		return Mono.defer(() -> {
			this.inHand.addAll(messages);
			Mono<Void> work = Flux.fromIterable(messages)
				.flatMap((message) -> isDone(message).filter((done) -> done).map((done) -> message), SqsQueue.BATCH)
				.collectList()
				.flatMap(this::delete);
			return Mono.firstWithSignal(work, keepHidden(messages))
				.doFinally((signal) -> messages.forEach(this.inHand::remove));
		});
	}

	/** Whether a message is done with. */
	private Mono<Boolean> isDone(Message message) {
		return Flux.defer(() -> Flux.fromIterable(this.reader.read(message.body().getBytes(StandardCharsets.UTF_8))))
			.flatMap(this.handler::handle, CONCURRENCY)
			.all((outcome) -> outcome != EventOutcome.FAILED)
			.onErrorResume((failure) -> {
				String cause = (failure instanceof InvalidEventException) ? failure.getMessage() : failure.toString();
				this.log.warn("unreadable", "Left message " + message.messageId() + " in the queue: " + cause);
				return Mono.just(false);
			})
			.doOnNext((done) -> ended(message, done));
	}

	private void ended(Message message, boolean done) {
		if (!done) {
			this.inHand.remove(message);
			this.meters.left(receives(message));
		}
	}

	private static int receives(Message message) {
		return Integer
			.parseInt(message.attributes().getOrDefault(MessageSystemAttributeName.APPROXIMATE_RECEIVE_COUNT, "1"));
	}

	/** What cannot be deleted comes again, and is known then. */
	private Mono<Void> delete(List<Message> done) {
		return done.isEmpty() ? Mono.empty() : this.queue.delete(done).retryWhen(DELETION).onErrorResume((failure) -> {
			this.log.warn("deletion", "Messages could not be deleted from " + this.queue + ": " + failure);
			return Mono.empty();
		});
	}

	/** Never ends. */
	private Mono<Void> keepHidden(List<Message> messages) {
		return Flux.interval(EXTENSION)
			.onBackpressureDrop()
			.concatMap((tick) -> hideAgain(messages.stream().filter(this.inHand::contains).toList()), 1)
			.then(Mono.never());
	}

	private Mono<Void> hideAgain(List<Message> messages) {
		return messages.isEmpty() ? Mono.empty()
				: this.queue.hide(messages, SqsQueue.VISIBILITY).onErrorResume((failure) -> {
					this.log.warn("extension", "Messages of " + this.queue + " may be received by others before they "
							+ "are done: " + failure.getMessage());
					return Mono.empty();
				});
	}

	/** Lets others receive what is worked on now, at once. */
	Mono<Void> release() {
		return Flux.fromIterable(List.copyOf(this.inHand))
			.buffer(SqsQueue.BATCH)
			.flatMap((messages) -> this.queue.hide(messages, Duration.ZERO).onErrorComplete())
			.then();
	}

}
