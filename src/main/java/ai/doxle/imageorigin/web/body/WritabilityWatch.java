package ai.doxle.imageorigin.web.body;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import org.jspecify.annotations.Nullable;

/**
 * Tells the one body that is being written to a connection when the connection takes
 * more. To be used in the connection's event loop only.
 */
final class WritabilityWatch extends ChannelInboundHandlerAdapter {

	private @Nullable Runnable listener;

	private WritabilityWatch() {
	}

	/** The watch of a connection, which is put there when it is asked for first. */
	static WritabilityWatch of(Channel channel) {
		WritabilityWatch present = channel.pipeline().get(WritabilityWatch.class);
		if (present != null) {
			return present;
		}
		WritabilityWatch watch = new WritabilityWatch();
		channel.pipeline().addFirst(watch);
		return watch;
	}

	/**
	 * Calls the listener when the connection next becomes writable, in place of whoever
	 * waited before.
	 */
	void onceWritable(Runnable listener) {
		this.listener = listener;
	}

	@Override
	public void channelWritabilityChanged(ChannelHandlerContext context) {
		Runnable waiting = this.listener;
		if (waiting != null && context.channel().isWritable()) {
			this.listener = null;
			waiting.run();
		}
		context.fireChannelWritabilityChanged();
	}

	@Override
	public void channelInactive(ChannelHandlerContext context) {
		this.listener = null;
		context.fireChannelInactive();
	}

}
