package ai.doxle.imageorigin.web;

import java.util.function.Function;

import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import org.springframework.boot.reactor.netty.NettyServerCustomizer;
import reactor.netty.NettyPipeline;
import reactor.netty.http.server.HttpServer;

/**
 * Puts a {@link HitHandler} behind the HTTP/1.1 codec of every connection.
 */
final class HitServer implements NettyServerCustomizer {

	private static final String NAME = "imageHits";

	/**
	 * How often a connection writes before others have their turn: a head and the first
	 * piece of a file, or two pieces.
	 */
	private static final int WRITES = 2;

	private final Function<Boolean, HitHandler> handlers;

	/**
	 * @param handlers makes a connection's handler; it is told whether the connection is
	 * encrypted
	 */
	HitServer(Function<Boolean, HitHandler> handlers) {
		this.handlers = handlers;
	}

	@Override
	public HttpServer apply(HttpServer server) {
		return server.childOption(ChannelOption.WRITE_SPIN_COUNT, WRITES)
			.doOnChannelInit((observer, channel, address) -> addTo(channel.pipeline()));
	}

	private void addTo(ChannelPipeline pipeline) {
		if (pipeline.get(NettyPipeline.HttpCodec) != null) {
			boolean encrypted = pipeline.get(NettyPipeline.SslHandler) != null;
			pipeline.addAfter(NettyPipeline.HttpCodec, NAME, this.handlers.apply(encrypted));
		}
	}

}
