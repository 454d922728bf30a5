package ai.doxle.imageorigin.harness.load;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.util.ReferenceCountUtil;

/**
 * A visit over HTTP/2, on a stream of its own.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what becomes of it is seen in the
												// channel's end
final class Http2Visit extends VisitHandler {

	private final String scheme;

	private int status;

	Http2Visit(Visit visit, Tally tally, HeadTimes headTimes, String scheme) {
		super(visit, tally, headTimes);
		this.scheme = scheme;
	}

	@Override
	public void channelActive(ChannelHandlerContext context) {
		begin(context);
	}

	/** The head of a request that is not whole leaves its body out. */
	@Override
	void ask(ChannelHandlerContext context, boolean whole) {
		Http2Headers headers = new DefaultHttp2Headers().method("GET")
			.scheme(this.scheme)
			.authority("localhost")
			.path(visit().path());
		Visit.Header header = visit().header();
		if (header != null) {
			headers.set(header.name(), header.value());
		}
		context.writeAndFlush(new DefaultHttp2HeadersFrame(headers, whole));
	}

	@Override
	public void channelRead(ChannelHandlerContext context, Object frame) {
		try {
			if (frame instanceof Http2HeadersFrame head) {
				readHead(context, head);
			}
			else if (frame instanceof Http2DataFrame data) {
				readBody(context, data);
			}
			else if (frame instanceof Http2ResetFrame) {
				context.close();
			}
		}
		finally {
			ReferenceCountUtil.release(frame);
		}
	}

	private void readHead(ChannelHandlerContext context, Http2HeadersFrame head) {
		this.status = Integer.parseInt(head.headers().status().toString());
		CharSequence cacheStatus = head.headers().get("cache-status");
		headEnds(this.status, (cacheStatus != null) ? cacheStatus.toString() : "");
		headBegins(context);
		if (head.isEndStream()) {
			answerEnds(context);
		}
	}

	private void readBody(ChannelHandlerContext context, Http2DataFrame data) {
		body(context, this.status, data.content());
		if (data.isEndStream()) {
			answerEnds(context);
		}
	}

	/** A closed stream channel sends RST_STREAM if the stream has not ended. */
	@Override
	void leave(ChannelHandlerContext context, Departure departure) {
		if (!visit().departure().endsConnection()) {
			context.close();
		}
		else if (departure == Departure.RESET) {
			Http1Visit.reset(context.channel().parent());
		}
		else {
			context.channel().parent().close();
		}
	}

	@Override
	public void userEventTriggered(ChannelHandlerContext context, Object event) {
		if (event instanceof Http2ResetFrame) {
			context.close();
		}
		ReferenceCountUtil.release(event);
	}

}
