package ai.doxle.imageorigin.runtime;

import java.time.Duration;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollEventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.util.concurrent.FastThreadLocalThread;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.NonBlocking;
import reactor.netty.resources.LoopResources;

/**
 * The threads of all connections, to clients and to S3: one for each processor in all, so
 * that none waits for another one's turn. Where there is one only, an image goes out on
 * the thread on which it came in.
 */
public final class EventLoops implements LoopResources {

	private final EventLoopGroup group;

	/**
	 * @param count how many
	 */
	EventLoops(int count) {
		this.group = group(count, new Threads());
	}

	@SuppressWarnings("deprecation") // the AWS SDK takes no others
	private static EventLoopGroup group(int count, ThreadFactory threads) {
		return (DEFAULT_NATIVE && Epoll.isAvailable()) ? new EpollEventLoopGroup(count, threads)
				: new NioEventLoopGroup(count, threads);
	}

	@Override
	public EventLoopGroup onServer(boolean useNative) {
		return this.group;
	}

	@Override
	public boolean daemon() {
		return true;
	}

	@Override
	@SuppressWarnings("FutureReturnValueIgnored") // nobody waits
	public void dispose() {
		this.group.shutdownGracefully();
	}

	@Override
	public Mono<Void> disposeLater(Duration quietPeriod, Duration timeout) {
		return Mono.create((end) -> this.group
			.shutdownGracefully(quietPeriod.toMillis(), timeout.toMillis(), TimeUnit.MILLISECONDS)
			.addListener((ended) -> end.success()));
	}

	private static final class Threads implements ThreadFactory {

		private final AtomicInteger count = new AtomicInteger();

		@Override
		public Thread newThread(Runnable work) {
			Thread thread = new EventLoopThread(work, "images-" + this.count.incrementAndGet());
			thread.setDaemon(true);
			return thread;
		}

	}

	/** One on which Reactor lets nobody block. */
	private static final class EventLoopThread extends FastThreadLocalThread implements NonBlocking {

		EventLoopThread(Runnable work, String name) {
			super(work, name);
		}

	}

}
