package ai.doxle.imageorigin.web.body;

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
 * It looks at the connection now and then. A stream has progressed when its client has
 * opened its window, or when its window has become smaller, since bytes went out.
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
	public static void watch(Channel connection, Duration timeout) {
		ChannelPipeline pipeline = connection.pipeline();
		if (pipeline.get(StreamSendTimeout.class) == null) {
			Http2FrameCodec codec = pipeline.get(Http2FrameCodec.class);
			pipeline.addAfter(pipeline.context(codec).name(), null, new StreamSendTimeout(timeout, codec));
		}
	}

	@Override
	public void handlerAdded(ChannelHandlerContext context) {
		this.looks = context.executor()
			.scheduleAtFixedRate(() -> look(context), this.interval, this.interval, TimeUnit.MILLISECONDS);
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
		for (Http2Stream stream : waiting()) {
			Wait wait = wait(stream);
			if (wait.vain() < LOOKS) {
				now.put(stream.id(), wait);
			}
			else {
				reset(context, stream.id());
			}
		}
		this.waits = now;
		this.opened.clear();
	}

	/** The streams whose next bytes wait for their client. */
	private List<Http2Stream> waiting() {
		List<Http2Stream> waiting = new ArrayList<>();
		try {
			this.codec.connection().forEachActiveStream((stream) -> {
				if (flow().hasFlowControlled(stream)) {
					waiting.add(stream);
				}
				return true;
			});
		}
		catch (Http2Exception impossible) {
			throw new IllegalStateException(impossible);
		}
		return waiting;
	}

	private Wait wait(Http2Stream stream) {
		int window = flow().windowSize(stream);
		Wait before = this.waits.get(stream.id());
		if (before == null || before.window() != window || this.opened.contains(stream.id())) {
			return new Wait(window, 0);
		}
		return new Wait(window, before.vain() + 1);
	}

	private Http2RemoteFlowController flow() {
		return this.codec.connection().remote().flowController();
	}

	@SuppressWarnings("FutureReturnValueIgnored") // nobody waits
	private void reset(ChannelHandlerContext context, int stream) {
		logger.debug("Resetting stream {} that takes nothing: {}", stream, context.channel());
		ChannelHandlerContext codec = context.pipeline().context(this.codec);
		this.codec.resetStream(codec, stream, Http2Error.CANCEL.code(), codec.newPromise());
		codec.flush();
	}

	/**
	 * A stream that waits.
	 *
	 * @param window how many bytes its client would take
	 * @param vain looks in a row without progress
	 */
	private record Wait(int window, int vain) {

	}

}
