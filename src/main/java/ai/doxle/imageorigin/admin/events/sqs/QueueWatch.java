package ai.doxle.imageorigin.admin.events.sqs;

import java.time.Duration;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;

/**
 * Asks the queue now and then how full it is.
 */
final class QueueWatch implements SmartLifecycle {

	private static final Duration PERIOD = Duration.ofSeconds(30);

	private static final Logger logger = LoggerFactory.getLogger(QueueWatch.class);

	private final SqsQueue queue;

	private final QueueMeters meters;

	private final Disposable.Swap asking = Disposables.swap();

	private volatile boolean running;

	QueueWatch(SqsQueue queue, QueueMeters meters) {
		this.queue = queue;
		this.meters = meters;
	}

	@Override
	public void start() {
		this.running = true;
		this.asking.update(Flux.interval(Duration.ZERO, PERIOD)
			.onBackpressureDrop()
			.concatMap((tick) -> this.queue.attributes().doOnError(QueueWatch::log).onErrorComplete(), 1)
			.subscribe(this.meters::describe));
	}

	private static void log(Throwable failure) {
		logger.debug("The queue does not tell how full it is: {}", failure.getMessage());
	}

	@Override
	public void stop() {
		this.running = false;
		this.asking.update(Disposables.disposed());
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

}
