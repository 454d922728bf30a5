package ai.doxle.imageorigin.access.keys;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;

/**
 * The thread on which the issuer's keys are fetched again before they are needed. It is
 * no executor itself: Spring Boot would take one for the application's own.
 */
public final class KeyRefresher implements AutoCloseable {

	private final ScheduledExecutorService executor = Executors
		.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().name("token-keys").factory());

	ScheduledExecutorService executor() {
		return this.executor;
	}

	/** Ends without waiting: a fetch may be due in minutes. */
	@Override
	public void close() {
		this.executor.shutdownNow();
	}

}
