package ai.doxle.imageorigin.web.server;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * The exchanges of one HTTP/1.1 connection that go the ordinary way. It closes the
 * connection when what is left of a request with a complete response, whose body is not
 * read, takes too long.
 */
final class Exchanges extends ChannelDuplexHandler {

	private final Duration timeout;

	/** Requests without a complete response. */
	private int underWay;

	/** Whether the rest of the last request is still to come. */
	private boolean receiving;

	private @Nullable Future<?> timer;

	/**
	 * @param timeout how long the rest of a request may take once it has its response
	 */
	Exchanges(Duration timeout) {
		this.timeout = timeout;
	}

	/** Whether a connection has requests without a complete response. */
	static boolean areUnderWay(Channel channel) {
		Exchanges exchanges = channel.pipeline().get(Exchanges.class);
		return exchanges != null && exchanges.underWay > 0;
	}

	@Override
	public void channelRead(ChannelHandlerContext context, Object message) {
		if (message instanceof HttpRequest) {
			this.underWay++;
			this.receiving = true;
		}
		if (message instanceof LastHttpContent) {
			this.receiving = false;
			stopTimer();
		}
		context.fireChannelRead(message);
	}

	@Override
	@SuppressWarnings("FutureReturnValueIgnored") // the promise is the caller's
	public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
		if (message instanceof LastHttpContent && !isInformational(message)) {
			this.underWay--;
			ChannelPromise end = promise.unvoid();
			end.addListener((sent) -> awaitRest(context));
			context.write(message, end);
		}
		else {
			context.write(message, promise);
		}
	}

	private static boolean isInformational(Object message) {
		return message instanceof HttpResponse response
				&& response.status().codeClass() == HttpStatusClass.INFORMATIONAL;
	}

	private void awaitRest(ChannelHandlerContext context) {
		if (this.receiving && this.underWay == 0 && this.timer == null) {
			this.timer = context.executor()
				.schedule(() -> close(context), this.timeout.toMillis(), TimeUnit.MILLISECONDS);
		}
	}

	@SuppressWarnings("FutureReturnValueIgnored") // the outcome is not waited for
	private static void close(ChannelHandlerContext context) {
		context.close();
	}

	private void stopTimer() {
		if (this.timer != null) {
			this.timer.cancel(false);
			this.timer = null;
		}
	}

	@Override
	public void handlerRemoved(ChannelHandlerContext context) {
		stopTimer();
	}

}
