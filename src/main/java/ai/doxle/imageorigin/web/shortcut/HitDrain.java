package ai.doxle.imageorigin.web.shortcut;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import io.netty.channel.ChannelFuture;
import io.netty.util.concurrent.EventExecutor;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.SmartLifecycle;
import reactor.netty.resources.LoopResources;

/**
 * Has a server that is told to end wait for the responses of its {@link HitHandler}s,
 * too, in the phase and so within the limit of the web server's graceful shutdown. That
 * one waits for Reactor Netty's operations, which these responses do not have.
 */
final class HitDrain implements SmartLifecycle {

	private final LoopResources loops;

	private final Set<ChannelFuture> unfinished = ConcurrentHashMap.newKeySet();

	private volatile boolean running;

	/**
	 * @param loops where the handlers run
	 */
	HitDrain(LoopResources loops) {
		this.loops = loops;
	}

	/**
	 * Waits for a response, if need be.
	 * @param response a response that its connection has not taken yet
	 */
	void add(ChannelFuture response) {
		this.unfinished.add(response);
		response.addListener((end) -> this.unfinished.remove(response));
	}

	@Override
	public void start() {
		this.running = true;
	}

	@Override
	public void stop() {
		stop(() -> {
		});
	}

	@Override
	public void stop(Runnable callback) {
		this.running = false;
		Thread.ofVirtual().name("hit-drain").start(() -> {
			awaitTurns();
			this.unfinished.forEach(ChannelFuture::awaitUninterruptibly);
			callback.run();
		});
	}

	/** Whatever was sent before the end was known is among the unfinished then. */
	private void awaitTurns() {
		for (EventExecutor loop : this.loops.onServer(LoopResources.DEFAULT_NATIVE)) {
			loop.submit(() -> {
			}).awaitUninterruptibly();
		}
	}

	/**
	 * Whether hits may be served; if not, requests are the ordinary way's to refuse.
	 */
	@Override
	public boolean isRunning() {
		return this.running;
	}

	@Override
	public int getPhase() {
		return WebServerApplicationContext.GRACEFUL_SHUTDOWN_PHASE;
	}

}
