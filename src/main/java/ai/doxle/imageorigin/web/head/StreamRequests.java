package ai.doxle.imageorigin.web.head;

import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.util.AsciiString;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;
import reactor.netty.NettyPipeline;

/**
 * The request of one stream of HTTP/2, before it is made one of HTTP/1.1. A malformed one
 * is refused with a stream error (RFC 9113 sections 8.1.1 and 8.3.1): Netty would fail,
 * and leave a buffer behind. What is left of one with a complete response is not waited
 * for (section 8.1).
 */
final class StreamRequests extends ChannelDuplexHandler {

	private boolean begun;

	/** Whether all of the request has come. */
	private boolean ended;

	private boolean refused;

	private StreamRequests() {
	}

	/** Looks at the request of a stream. */
	static void watch(Channel stream) {
		stream.pipeline().addBefore(NettyPipeline.H2ToHttp11Codec, null, new StreamRequests());
	}

	@Override
	public void channelRead(ChannelHandlerContext context, Object message) {
		if (message instanceof Http2HeadersFrame head) {
			this.refused |= !this.begun && !isWellFormed(head.headers());
			this.begun = true;
			this.ended |= head.isEndStream();
		}
		else if (message instanceof Http2DataFrame data) {
			this.ended |= data.isEndStream();
		}
		if (this.refused) {
			ReferenceCountUtil.release(message);
			reset(context, Http2Error.PROTOCOL_ERROR);
		}
		else {
			context.fireChannelRead(message);
		}
	}

	private static boolean isWellFormed(Http2Headers head) {
		CharSequence method = head.method();
		if (!isVisible(method) || hasTwoHosts(head)) {
			return false;
		}
		return HttpMethod.CONNECT.asciiName().contentEquals(method) ? isVisible(head.authority())
				: isVisible(head.path()) && isVisible(head.scheme());
	}

	private static boolean hasTwoHosts(Http2Headers head) {
		CharSequence host = head.get(HttpHeaderNames.HOST);
		return host != null && head.authority() != null && !AsciiString.contentEqualsIgnoreCase(host, head.authority());
	}

	/** Neither missing nor empty, without blanks and control characters. */
	private static boolean isVisible(@Nullable CharSequence value) {
		if (value == null || value.isEmpty()) {
			return false;
		}
		for (int i = 0; i < value.length(); i++) {
			char character = value.charAt(i);
			if (character <= ' ' || character == 0x7f) {
				return false;
			}
		}
		return true;
	}

	/**
	 * A stream error is Netty's to answer, which closes the stream with its code; others
	 * would close it with another one before.
	 */
	@Override
	@SuppressWarnings("deprecation") // for inbound handlers it is not
	public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
		if (!(cause instanceof Http2Exception.StreamException)) {
			context.fireExceptionCaught(cause);
		}
	}

	@Override
	@SuppressWarnings("FutureReturnValueIgnored") // the promise is the caller's
	public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
		if (isEnd(message) && !this.ended) {
			ChannelPromise end = promise.unvoid();
			context.write(message, end);
			end.addListener((sent) -> reset(context, Http2Error.NO_ERROR));
		}
		else {
			context.write(message, promise);
		}
	}

	private static boolean isEnd(Object message) {
		return (message instanceof Http2DataFrame data && data.isEndStream())
				|| (message instanceof Http2HeadersFrame head && head.isEndStream());
	}

	@SuppressWarnings("FutureReturnValueIgnored") // the outcome is not waited for
	private static void reset(ChannelHandlerContext context, Http2Error error) {
		context.writeAndFlush(new DefaultHttp2ResetFrame(error));
	}

}
