package ai.doxle.imageorigin.runtime;

import java.util.concurrent.Executor;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.EventExecutorGroup;

/**
 * Runs in place what an event loop gives it, and on the next loop what comes from another
 * thread. Reactor's timers interrupt the thread of a timer that is cancelled while it
 * runs, whatever else that thread does by then: other requests' work must not be done
 * there.
 *
 * @param loops those on which it may run
 */
public record LoopExecutor(EventExecutorGroup loops) implements Executor {

	@Override
	public void execute(Runnable work) {
		for (EventExecutor loop : this.loops) {
			if (loop.inEventLoop()) {
				work.run();
				return;
			}
		}
		this.loops.next().execute(work);
	}

}
