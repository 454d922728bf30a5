package ai.doxle.imageorigin.web.server;

import java.io.IOException;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.Http2FrameCodec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes note of clients that reset an HTTP/2 connection. Nobody else on it does, and
 * Netty would warn of each with a stack trace; its streams hear of it when it is closed.
 */
public final class Http2Resets extends ChannelInboundHandlerAdapter {

	private static final Logger logger = LoggerFactory.getLogger(Http2Resets.class);

	@Override
	@SuppressWarnings("FutureReturnValueIgnored") // nobody waits
	public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
		if (cause instanceof IOException && context.pipeline().get(Http2FrameCodec.class) != null) {
			logger.debug("{} was reset: {}", context.channel(), cause.getMessage());
			context.close();
		}
		else {
			context.fireExceptionCaught(cause);
		}
	}

}
