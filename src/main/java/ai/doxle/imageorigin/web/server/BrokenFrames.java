package ai.doxle.imageorigin.web.server;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.netty.NettyPipeline;
import reactor.netty.http.server.HttpServer;

/**
 * Hears last of connection errors of HTTP/2 (RFC 9113 section 5.4.1), to which the codec
 * has answered: Netty would warn of each with a stack trace, and any client can cause
 * them.
 */
final class BrokenFrames extends ChannelInboundHandlerAdapter {

	private static final Logger logger = LoggerFactory.getLogger(BrokenFrames.class);

	private BrokenFrames() {
	}

	/** Has every connection of a server looked after, whatever version it turns to. */
	static HttpServer applyTo(HttpServer server) {
		return HttpPipelines.prepare(server.doOnChannelInit((observer, channel, address) -> awaitVersion(channel)),
				(channel) -> {
					if (Transport.of(channel) != Transport.HTTP_2_STREAM) {
						HttpPipelines.add(channel, new BrokenFrames());
					}
				});
	}

	private static void awaitVersion(Channel channel) {
		ChannelPipeline pipeline = channel.pipeline();
		if (pipeline.get(NettyPipeline.H2OrHttp11Codec) != null) {
			pipeline.addAfter(NettyPipeline.H2OrHttp11Codec, null, new BrokenFrames());
		}
	}

	/** Moves behind the codec that the agreement has brought. */
	@Override
	public void userEventTriggered(ChannelHandlerContext context, Object event) {
		ChannelPipeline pipeline = context.pipeline();
		if (event instanceof SslHandshakeCompletionEvent && pipeline.get(Http2FrameCodec.class) != null) {
			pipeline.remove(this);
			pipeline.addLast(new BrokenFrames());
		}
		context.fireUserEventTriggered(event);
	}

	@Override
	@SuppressWarnings("deprecation") // for inbound handlers it is not
	public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
		if (cause instanceof Http2Exception) {
			logger.debug("{}: {}", context.channel(), cause.getMessage());
		}
		else {
			context.fireExceptionCaught(cause);
		}
	}

}
