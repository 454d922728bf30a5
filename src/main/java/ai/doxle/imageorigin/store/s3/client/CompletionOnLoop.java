package ai.doxle.imageorigin.store.s3.client;

import java.util.concurrent.Executor;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.EventExecutorGroup;

import ai.doxle.imageorigin.runtime.LoopExecutor;

/**
 * Completes the futures of calls on the event loop of their connection, right after what
 * the loop is doing. The SDK completes a future before it has returned the connection to
 * its pool; if the outcome is an error, it then closes the connection. Completed a moment
 * later, a call that S3 refuses, such as that for an absent image, leaves its connection
 * to the next one.
 */
record CompletionOnLoop(EventExecutorGroup loops) implements Executor {

	@Override
	public void execute(Runnable completion) {
		EventExecutor loop = LoopExecutor.current(this.loops);
		if (loop != null) {
			loop.execute(completion);
		}
		else {
			completion.run();
		}
	}

}
