package ai.doxle.imageorigin.web.server;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.handler.codec.http.HttpObject;
import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.netty.http.server.HttpServer;

/**
 * Closes a connection whose client takes too long to send the head of a request: the
 * first one from when the connection was opened, with whatever has to be agreed on
 * before; every other one from its first byte. That of a stream of HTTP/2, which no other
 * frame may interrupt (RFC 9113 section 4.3), is left to the idle timeout.
 * <p>
 * It sits in front of a connection's pipeline, where bytes come in, and has another
 * handler behind the codec that sees what becomes of them.
 */
public final class RequestTimeout extends ChannelInboundHandlerAdapter {

	private static final Logger logger = LoggerFactory.getLogger(RequestTimeout.class);

	private final long millis;

	/** Whether bytes have come in since the last turn ended. */
	private boolean bytes;

	/** Whether a message has come of bytes since the last turn ended. */
	private boolean message;

	/** Whether the connection has had a stream. */
	private boolean http2;

	private @Nullable Future<?> timer;

	private RequestTimeout(Duration timeout) {
		this.millis = timeout.toMillis();
	}

	/**
	 * Has every connection of a server watched.
	 * @param timeout how long the head of a request may take
	 */
	static HttpServer applyTo(HttpServer server, Duration timeout) {
		return HttpPipelines.prepare(
				server.doOnChannelInit(
						(observer, channel, address) -> channel.pipeline().addFirst(new RequestTimeout(timeout))),
				RequestTimeout::watch);
	}

	private static void watch(Channel channel) {
		if (Transport.of(channel) == Transport.HTTP_2_STREAM) {
			of(channel.parent()).leaveToFrames();
		}
		else {
			HttpPipelines.add(channel, of(channel).new Messages());
		}
	}

	private static RequestTimeout of(Channel connection) {
		return connection.pipeline().get(RequestTimeout.class);
	}

	/** Some frames become no message. */
	private void leaveToFrames() {
		this.http2 = true;
		stopTimer();
	}

	@Override
	public void handlerAdded(ChannelHandlerContext context) {
		startTimer(context);
	}

	@Override
	public void channelRead(ChannelHandlerContext context, Object message) {
		this.bytes = true;
		context.fireChannelRead(message);
	}

	@Override
	public void channelReadComplete(ChannelHandlerContext context) {
		if (this.bytes && !this.message && !this.http2 && this.timer == null) {
			startTimer(context);
		}
		this.bytes = false;
		this.message = false;
		context.fireChannelReadComplete();
	}

	private void startTimer(ChannelHandlerContext context) {
		this.timer = context.executor().schedule(() -> expire(context), this.millis, TimeUnit.MILLISECONDS);
	}

	private void stopTimer() {
		if (this.timer != null) {
			this.timer.cancel(false);
			this.timer = null;
		}
	}

	/** While answers are under way, nobody reads what comes behind them. */
	@SuppressWarnings("FutureReturnValueIgnored") // nobody waits
	private void expire(ChannelHandlerContext context) {
		if (isAnswering(context.channel())) {
			startTimer(context);
		}
		else {
			logger.debug("Closing a connection that has sent no complete request head: {}", context.channel());
			context.close();
		}
	}

	private static boolean isAnswering(Channel channel) {
		ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
		return Exchanges.areUnderWay(channel) || (buffer != null && !buffer.isEmpty());
	}

	@Override
	public void handlerRemoved(ChannelHandlerContext context) {
		stopTimer();
	}

	/** Sees that bytes have become a message. */
	private final class Messages extends ChannelInboundHandlerAdapter {

		@Override
		public void channelRead(ChannelHandlerContext context, Object message) {
			if (message instanceof HttpObject) {
				RequestTimeout.this.message = true;
				stopTimer();
			}
			context.fireChannelRead(message);
		}

	}

}
