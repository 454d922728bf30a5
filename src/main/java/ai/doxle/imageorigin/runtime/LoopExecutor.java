package ai.doxle.imageorigin.runtime;

import java.util.concurrent.Executor;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.EventExecutorGroup;
import org.jspecify.annotations.Nullable;

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
		if (current(this.loops) != null) {
			work.run();
		}
		else {
			this.loops.next().execute(work);
		}
	}

	/** The loop whose thread this is, or null. */
	public static @Nullable EventExecutor current(EventExecutorGroup loops) {
		for (EventExecutor loop : loops) {
			if (loop.inEventLoop()) {
				return loop;
			}
		}
		return null;
	}

}
