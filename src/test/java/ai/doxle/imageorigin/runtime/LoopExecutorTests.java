package ai.doxle.imageorigin.runtime;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.netty.util.concurrent.DefaultEventExecutorGroup;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.EventExecutorGroup;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class LoopExecutorTests {

	private final EventExecutorGroup loops = new DefaultEventExecutorGroup(2);

	private final LoopExecutor executor = new LoopExecutor(this.loops);

	@AfterEach
	void stop() {
		this.loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
	}

	@Test
	void runsInPlaceOnALoop() throws Exception {
		for (EventExecutor loop : this.loops) {
			CompletableFuture<Boolean> inPlace = new CompletableFuture<>();
			loop.submit(() -> {
				this.executor.execute(() -> inPlace.complete(loop.inEventLoop()));
				inPlace.complete(false);
			}).sync();
			assertThat(inPlace).isCompletedWithValue(true);
		}
	}

	@Test
	void takesWorkOfAnInterruptedThreadToALoop() throws Exception {
		CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
		Thread.currentThread().interrupt();
		try {
			this.executor.execute(() -> interrupted.complete(Thread.currentThread().isInterrupted()));
		}
		finally {
			assertThat(Thread.interrupted()).isTrue();
		}
		assertThat(interrupted.get(5, TimeUnit.SECONDS)).isFalse();
	}

}
