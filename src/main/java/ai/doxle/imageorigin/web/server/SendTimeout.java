package ai.doxle.imageorigin.web.server;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Resets a connection whose client takes nothing of an answer for a while: it would hold
 * its connection, and the memory of its image, for ever. However little a client takes in
 * the time is enough.
 * <p>
 * It looks at what is left after a flush, and comes back now and then only while that is
 * not nothing.
 */
public final class SendTimeout extends ChannelOutboundHandlerAdapter {

	private static final Logger logger = LoggerFactory.getLogger(SendTimeout.class);

	/** So many looks in a row without progress make the time. */
	private static final int LOOKS = 4;

	private final long interval;

	private @Nullable Future<?> next;

	private int vain;

	private Backlog backlog = Backlog.NONE;

	/**
	 * @param timeout how long a client may take nothing; it may be a quarter more
	 */
	SendTimeout(Duration timeout) {
		this.interval = timeout.toMillis() / LOOKS;
	}

	@Override
	public void flush(ChannelHandlerContext context) {
		context.flush();
		if (this.next == null && hasBacklog(context.channel())) {
			this.vain = 0;
			this.backlog = Backlog.of(context.channel());
			lookLater(context);
		}
	}

	@Override
	public void handlerRemoved(ChannelHandlerContext context) {
		if (this.next != null) {
			this.next.cancel(false);
		}
	}

	private void lookLater(ChannelHandlerContext context) {
		this.next = context.executor().schedule(() -> look(context), this.interval, TimeUnit.MILLISECONDS);
	}

	private void look(ChannelHandlerContext context) {
		this.next = null;
		if (!hasBacklog(context.channel())) {
			return;
		}
		this.vain = hasProgressed(context.channel()) ? 0 : this.vain + 1;
		if (this.vain < LOOKS) {
			lookLater(context);
		}
		else {
			reset(context);
		}
	}

	private boolean hasProgressed(Channel channel) {
		Backlog before = this.backlog;
		this.backlog = Backlog.of(channel);
		return !this.backlog.equals(before) || hasSent(channel);
	}

	/**
	 * Whether the system has sent data since the last look. It takes data in lumps of a
	 * megabyte, for which a slow client may need longer than the time.
	 */
	private boolean hasSent(Channel channel) {
		return channel instanceof EpollSocketChannel socket && socket.tcpInfo().lastDataSent() < this.interval;
	}

	private static boolean hasBacklog(Channel channel) {
		ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
		return buffer != null && !buffer.isEmpty();
	}

	/** With a reset, so that the system lets go of what it has, too. */
	@SuppressWarnings("FutureReturnValueIgnored") // nobody waits
	private static void reset(ChannelHandlerContext context) {
		logger.debug("Closing a connection that reads nothing: {}", context.channel());
		context.channel().config().setOption(ChannelOption.SO_LINGER, 0);
		context.close();
	}

	/**
	 * What a connection has not taken yet.
	 *
	 * @param bytes all of it
	 * @param written how much of its first message is taken
	 */
	private record Backlog(long bytes, long written) {

		static final Backlog NONE = new Backlog(0, 0);

		static Backlog of(Channel channel) {
			ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
			return (buffer != null) ? new Backlog(buffer.totalPendingWriteBytes(), buffer.currentProgress()) : NONE;
		}

	}

}
