package ai.doxle.imageorigin.web;

import java.util.function.Supplier;

import io.netty.channel.ChannelPipeline;
import org.springframework.boot.reactor.netty.NettyServerCustomizer;
import reactor.netty.NettyPipeline;
import reactor.netty.http.server.HttpServer;

/**
 * Puts a {@link HitHandler} behind the HTTP/1.1 codec of every connection.
 */
final class HitServer implements NettyServerCustomizer {

	private static final String NAME = "imageHits";

	private final Supplier<HitHandler> handlers;

	HitServer(Supplier<HitHandler> handlers) {
		this.handlers = handlers;
	}

	@Override
	public HttpServer apply(HttpServer server) {
		return server.doOnChannelInit((observer, channel, address) -> addTo(channel.pipeline()));
	}

	private void addTo(ChannelPipeline pipeline) {
		if (pipeline.get(NettyPipeline.HttpCodec) != null) {
			pipeline.addAfter(NettyPipeline.HttpCodec, NAME, this.handlers.get());
		}
	}

}
