package ai.doxle.imageorigin.web.server;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2RemoteFlowController;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.handler.codec.http2.Http2WindowUpdateFrame;
import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Resets HTTP/2 streams whose client takes nothing of them for a while: they would hold
 * the memory of their images for ever. What waits for a client's window (RFC 9113 section
 * 5.2) has not come to its connection yet, where {@link SendTimeout} would see it.
 * <p>
 * It looks at the connection now and then. A stream has moved when its client has opened
 * its window, or when its window has become smaller, since bytes went out. One that waits
 * for its window has to move itself; where the connection's window is shut, any may.
 */
public final class StreamSendTimeout extends ChannelInboundHandlerAdapter {

	private static final Logger logger = LoggerFactory.getLogger(StreamSendTimeout.class);

	/** So many looks in a row without progress make the time. */
	private static final int LOOKS = 4;

	private final long interval;

	private final Http2FrameCodec codec;

	private @Nullable Future<?> looks;

	/** By stream. */
	private Map<Integer, Wait> waits = new HashMap<>();

	/** Streams whose windows were opened since the last look. */
	private final Set<Integer> opened = new HashSet<>();

	private StreamSendTimeout(Duration timeout, Http2FrameCodec codec) {
		this.interval = timeout.toMillis() / LOOKS;
		this.codec = codec;
	}

	/**
	 * Watches an HTTP/2 connection, unless it is watched.
	 * @param timeout how long a client may take nothing of a stream; it may be a quarter
	 * more
	 */
	static void watch(Channel connection, Duration timeout) {
		ChannelPipeline pipeline = connection.pipeline();
		if (pipeline.get(StreamSendTimeout.class) == null) {
			Http2FrameCodec codec = pipeline.get(Http2FrameCodec.class);
			pipeline.addAfter(pipeline.context(codec).name(), null, new StreamSendTimeout(timeout, codec));
		}
	}

	@Override
	public void handlerAdded(ChannelHandlerContext context) {
		this.looks = context.executor()
			.scheduleWithFixedDelay(() -> look(context), this.interval, this.interval, TimeUnit.MILLISECONDS);
	}

	@Override
	public void handlerRemoved(ChannelHandlerContext context) {
		if (this.looks != null) {
			this.looks.cancel(false);
		}
	}

	@Override
	public void channelRead(ChannelHandlerContext context, Object message) {
		if (message instanceof Http2WindowUpdateFrame update) {
			this.opened.add(update.stream().id());
		}
		context.fireChannelRead(message);
	}

	private void look(ChannelHandlerContext context) {
		Map<Integer, Wait> now = new HashMap<>();
		if (!isUnderWay(context.channel())) {
			List<Http2Stream> queued = queued();
			boolean shut = window(this.codec.connection().connectionStream()) <= 0
					&& queued.stream().noneMatch(this::hasMoved);
			queued.forEach((stream) -> now.put(stream.id(), wait(stream, shut)));
		}
		this.waits = now;
		this.opened.clear();
		now.forEach((stream, wait) -> {
			if (wait.vain() == LOOKS) {
				reset(context, stream);
			}
		});
	}

	/**
	 * Whether the client has not even got what went out: the system takes megabytes,
	 * which windows do not show.
	 */
	private static boolean isUnderWay(Channel channel) {
		return channel instanceof EpollSocketChannel socket && socket.tcpInfo().unacked() > 0;
	}

	/** The streams that have bytes which could not go out. */
	private List<Http2Stream> queued() {
		List<Http2Stream> queued = new ArrayList<>();
		try {
			this.codec.connection().forEachActiveStream((stream) -> {
				if (flow().hasFlowControlled(stream)) {
					queued.add(stream);
				}
				return true;
			});
		}
		catch (Http2Exception impossible) {
			throw new IllegalStateException(impossible);
		}
		return queued;
	}

	private Wait wait(Http2Stream stream, boolean connectionIsShut) {
		boolean inVain = !hasMoved(stream) && (connectionIsShut || window(stream) <= 0);
		int before = this.waits.getOrDefault(stream.id(), Wait.NONE).vain();
		return new Wait(window(stream), inVain ? before + 1 : 0);
	}

	/** One that was not there at the last look has moved, too. */
	private boolean hasMoved(Http2Stream stream) {
		Wait before = this.waits.get(stream.id());
		return before == null || before.window() != window(stream) || this.opened.contains(stream.id());
	}

	/** How many bytes the client would take. */
	private int window(Http2Stream stream) {
		return flow().windowSize(stream);
	}

	private Http2RemoteFlowController flow() {
		return this.codec.connection().remote().flowController();
	}

	@SuppressWarnings("FutureReturnValueIgnored") // nobody waits
	private void reset(ChannelHandlerContext context, int stream) {
		logger.debug("Resetting stream {} that reads nothing: {}", stream, context.channel());
		ChannelHandlerContext codec = context.pipeline().context(this.codec);
		this.codec.resetStream(codec, stream, Http2Error.CANCEL.code(), codec.newPromise());
		codec.flush();
	}

	/**
	 * What was seen of a stream.
	 *
	 * @param window how many bytes its client would take
	 * @param vain looks in a row in which the client did not let it move
	 */
	private record Wait(int window, int vain) {

		static final Wait NONE = new Wait(0, 0);

	}

}
