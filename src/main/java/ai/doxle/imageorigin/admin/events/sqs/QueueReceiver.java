package ai.doxle.imageorigin.admin.events.sqs;

import java.time.Clock;
import java.time.Duration;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.util.retry.Retry;

import ai.doxle.imageorigin.runtime.RateLimitedLog;

/**
 * Receives messages for as long as the application runs: a few receivers, each of which
 * works on what it received before it receives more. Stops before the web servers do;
 * work under way may take a while longer, and what is not done then goes to others.
 */
final class QueueReceiver implements SmartLifecycle {

	/** One waits for messages while the other works on some. */
	private static final int RECEIVERS = 2;

	/** How long work under way may take when the application ends. */
	private static final Duration GRACE = Duration.ofSeconds(10);

	private static final Logger logger = LoggerFactory.getLogger(QueueReceiver.class);

	private final SqsQueue queue;

	private final MessageWork work;

	private final RateLimitedLog log = new RateLimitedLog(logger, Clock.systemUTC());

	private final Sinks.Empty<Void> stopping = Sinks.empty();

	private final Sinks.Empty<Void> stopped = Sinks.empty();

	private volatile boolean running;

	private volatile Disposable receiving = () -> {
	};

	QueueReceiver(SqsQueue queue, MessageWork work) {
		this.queue = queue;
		this.work = work;
	}

	@Override
	public void start() {
		this.running = true;
		logger.info("Receiving events from {}", this.queue);
		this.receiving = Flux.range(0, RECEIVERS)
			.flatMap((receiver) -> round().repeat(this::isRunning), RECEIVERS)
			.doFinally((signal) -> this.stopped.tryEmitEmpty())
			.subscribe();
	}

	private Mono<Void> round() {
		return this.queue.receive()
			.retryWhen(Retry.backoff(Long.MAX_VALUE, Duration.ofSeconds(1))
				.maxBackoff(Duration.ofSeconds(30))
				.doBeforeRetry((retry) -> warn(retry.failure())))
			.takeUntilOther(this.stopping.asMono())
			.filter((messages) -> !messages.isEmpty())
			.flatMap(this.work::on);
	}

	private void warn(Throwable failure) {
		this.log.warn("receive", "No events can be received from " + this.queue + ": " + failure.getMessage());
	}

	@Override
	public void stop() {
		stop(() -> {
		});
	}

	@Override
	public void stop(Runnable whenStopped) {
		this.running = false;
		this.stopping.tryEmitEmpty();
		this.stopped.asMono()
			.timeout(GRACE)
			.onErrorResume((late) -> this.work.release().doFirst(this.receiving::dispose))
			.doFinally((signal) -> whenStopped.run())
			.subscribe();
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

	/** Started last, stopped first. */
	@Override
	public int getPhase() {
		return DEFAULT_PHASE;
	}

}
