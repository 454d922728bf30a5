package ai.doxle.imageorigin.web.shortcut;

import java.util.function.Function;

import io.netty.channel.ChannelOption;
import org.springframework.boot.reactor.netty.NettyServerCustomizer;
import reactor.netty.http.server.HttpServer;

import ai.doxle.imageorigin.web.server.HttpPipelines;
import ai.doxle.imageorigin.web.server.Transport;

/**
 * Puts a {@link HitHandler} behind the HTTP codec of every connection and HTTP/2 stream.
 */
final class ShortCut implements NettyServerCustomizer {

	/**
	 * How often a connection writes before others have their turn: a head and the first
	 * piece of a file, or two pieces.
	 */
	private static final int WRITES = 2;

	private final Function<Transport, HitHandler> handlers;

	/**
	 * @param handlers makes the handler of a connection or stream
	 */
	ShortCut(Function<Transport, HitHandler> handlers) {
		this.handlers = handlers;
	}

	@Override
	public HttpServer apply(HttpServer server) {
		return HttpPipelines.prepare(server.childOption(ChannelOption.WRITE_SPIN_COUNT, WRITES),
				(channel) -> HttpPipelines.add(channel, this.handlers.apply(Transport.of(channel))));
	}

}
