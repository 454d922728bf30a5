package ai.doxle.imageorigin.harness.load;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP/2 connections of clients: those who end their stream share one with many
 * others, those who end the connection take a few others' streams with them.
 */
final class Http2Connections implements AutoCloseable {

	/** Netty's servers end a connection for more than 200 resets in half a minute. */
	private static final int STREAMS_OF_LASTING = 100;

	private static final int STREAMS_OF_ENDING = 4;

	private final ChannelGroup all = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);

	private final Supply lasting;

	private final Supply ending;

	private final HeadTimes headTimes;

	private final String scheme;

	Http2Connections(Bootstrap bootstrap, ClientTls tls, HeadTimes headTimes) {
		this.headTimes = headTimes;
		Bootstrap prepared = bootstrap.clone().handler(new ChannelInitializer<Channel>() {
			@Override
			protected void initChannel(Channel channel) {
				Http2Connections.this.all.add(channel);
				prepare(channel, tls);
			}
		});
		this.lasting = new Supply(prepared, STREAMS_OF_LASTING);
		this.ending = new Supply(prepared, STREAMS_OF_ENDING);
		this.scheme = tls.scheme();
	}

	private static void prepare(Channel channel, ClientTls tls) {
		tls.addTo(channel);
		channel.pipeline()
			.addLast(Http2FrameCodecBuilder.forClient()
				.initialSettings(Http2Settings.defaultSettings().pushEnabled(false))
				.gracefulShutdownTimeoutMillis(0)
				.build(), new Http2MultiplexHandler(new Indifference()), new Indifference());
	}

	/**
	 * Begins a visit on a new stream.
	 * @param next what to do when its stream has ended
	 */
	void begin(Visit visit, Tally tally, Runnable next) {
		ChannelFuture connection = (visit.departure().endsConnection() ? this.ending : this.lasting).connection();
		connection.addListener((connected) -> {
			if (connected.isSuccess()) {
				open(connection.channel(), visit, tally, next);
			}
			else {
				tally.ended(visit, Ending.UNCONNECTED);
				next.run();
			}
		});
	}

	private void open(Channel connection, Visit visit, Tally tally, Runnable next) {
		Future<Http2StreamChannel> opening = new Http2StreamChannelBootstrap(connection)
			.handler(new Http2Visit(visit, tally, this.headTimes, this.scheme))
			.open();
		opening.addListener((opened) -> {
			if (opened.isSuccess()) {
				opening.getNow().closeFuture().addListener((_) -> next.run());
			}
			else {
				tally.ended(visit, Ending.UNCONNECTED);
				next.run();
			}
		});
	}

	/** Closes all that are open; others follow when they are needed. */
	@Override
	public void close() {
		this.all.close().awaitUninterruptibly();
	}

	/** Connections that take so many streams each, one after the other. */
	private static final class Supply {

		private final Bootstrap bootstrap;

		private final int streams;

		private @Nullable ChannelFuture present;

		private int used;

		Supply(Bootstrap bootstrap, int streams) {
			this.bootstrap = bootstrap;
			this.streams = streams;
		}

		synchronized ChannelFuture connection() {
			ChannelFuture connection = this.present;
			boolean worn = this.used == this.streams
					|| (connection != null && connection.isDone() && !connection.channel().isActive());
			if (connection == null || worn) {
				connection = this.bootstrap.connect();
				this.present = connection;
				this.used = 0;
			}
			this.used++;
			return connection;
		}

	}

	/** Lets pass what concerns no visit. */
	@Sharable
	private static final class Indifference extends ChannelInboundHandlerAdapter {

		@Override
		public void channelRead(ChannelHandlerContext context, Object message) {
			ReferenceCountUtil.release(message);
		}

		@Override
		@SuppressWarnings("FutureReturnValueIgnored") // nobody waits
		public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
			context.close();
		}

	}

}
