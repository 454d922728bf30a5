package ai.doxle.imageorigin.web.server;

import java.util.function.Consumer;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import reactor.netty.ConnectionObserver.State;
import reactor.netty.NettyPipeline;
import reactor.netty.http.server.HttpServer;

/**
 * Where Reactor Netty reads and writes messages of HTTP: each connection that speaks
 * HTTP/1.1, and each stream of one that speaks HTTP/2.
 */
public final class HttpPipelines {

	private HttpPipelines() {
	}

	/**
	 * Has every such pipeline prepared before it reads its first message. What is added
	 * to a connection that turns to HTTP/2 later stays, and sees frames go by.
	 * @param preparation adds handlers with {@link #add}
	 */
	public static HttpServer prepare(HttpServer server, Consumer<Channel> preparation) {
		return server.doOnChannelInit((observer, channel, address) -> awaitVersion(channel, preparation))
			.childObserve((connection, state) -> {
				if (State.CONNECTED.equals(state) && isKnown(connection.channel())) {
					preparation.accept(connection.channel());
				}
			});
	}

	/**
	 * Adds a handler between the HTTP codec and Reactor Netty's own, before or behind
	 * those of other preparations.
	 */
	public static void add(Channel channel, ChannelHandler handler) {
		channel.pipeline().addBefore(NettyPipeline.HttpTrafficHandler, handler.getClass().getName(), handler);
	}

	/** Over TLS, client and server may have to agree on the version first (RFC 7301). */
	private static void awaitVersion(Channel channel, Consumer<Channel> preparation) {
		ChannelPipeline pipeline = channel.pipeline();
		if (pipeline.get(NettyPipeline.H2OrHttp11Codec) != null) {
			pipeline.addAfter(NettyPipeline.H2OrHttp11Codec, null, new Agreement(preparation));
		}
	}

	private static boolean isKnown(Channel channel) {
		return channel.pipeline().get(NettyPipeline.HttpTrafficHandler) != null;
	}

	/** Hears of the version behind the one who chooses it. */
	private static final class Agreement extends ChannelInboundHandlerAdapter {

		private final Consumer<Channel> preparation;

		Agreement(Consumer<Channel> preparation) {
			this.preparation = preparation;
		}

		@Override
		public void userEventTriggered(ChannelHandlerContext context, Object event) {
			if (event instanceof SslHandshakeCompletionEvent) {
				context.pipeline().remove(this);
				if (isKnown(context.channel())) {
					this.preparation.accept(context.channel());
				}
			}
			context.fireUserEventTriggered(event);
		}

	}

}
