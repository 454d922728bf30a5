package ai.doxle.imageorigin.admin.events;

import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;

import org.springframework.context.SmartLifecycle;
import reactor.core.Disposable;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

import ai.doxle.imageorigin.admin.events.payload.ImageEvent;

/**
 * Events whose sender does not wait until they are done. Bounded: what does not fit is
 * refused, and its sender tries again. At the end of the application, what was taken is
 * done first.
 */
public final class EventQueue implements SmartLifecycle {

	/** How many events may wait. */
	public static final int CAPACITY = 1000;

	private static final int CONCURRENCY = 16;

	/** Ends after the web servers, before the connection to Redis. */
	private static final int PHASE = 1_000_000;

	private final Sinks.Many<ImageEvent> events = Sinks.many()
		.unicast()
		.onBackpressureBuffer(new ArrayBlockingQueue<>(CAPACITY));

	private final AtomicInteger waiting = new AtomicInteger();

	private final Sinks.Empty<Void> done = Sinks.empty();

	private final Disposable work;

	private volatile boolean running = true;

	EventQueue(EventHandler handler) {
		this.work = this.events.asFlux()
			.flatMap((event) -> handler.handle(event)
				.subscribeOn(Schedulers.parallel())
				.doFinally((signal) -> this.waiting.decrementAndGet()), CONCURRENCY, 1)
			.doFinally((signal) -> this.done.tryEmitEmpty())
			.subscribe();
	}

	/**
	 * Takes events, all of them or none.
	 * @return false if there is no room for all of them
	 */
	public synchronized boolean offer(List<ImageEvent> list) {
		if (!this.running || list.size() > CAPACITY - this.waiting.get()) {
			return false;
		}
		this.waiting.addAndGet(list.size());
		list.forEach((event) -> this.events.tryEmitNext(event).orThrow());
		return true;
	}

	/** How many events were taken and are not done. */
	int waiting() {
		return this.waiting.get();
	}

	@Override
	public void start() {
		this.running = true;
	}

	@Override
	public void stop() {
		this.running = false;
		this.work.dispose();
	}

	@Override
	public synchronized void stop(Runnable whenStopped) {
		this.running = false;
		this.events.tryEmitComplete();
		this.done.asMono().doFinally((signal) -> whenStopped.run()).subscribe();
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

	@Override
	public int getPhase() {
		return PHASE;
	}

}
