package ai.doxle.imageorigin.harness.load;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import org.jspecify.annotations.Nullable;

/**
 * A visit over HTTP/1.1, on a connection of its own. The bytes of responses are looked at
 * as they come, so that the client can leave in the middle of a head.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what becomes of it is seen in the
												// channel's end
final class Http1Visit extends VisitHandler {

	private static final Pattern LENGTH = Pattern.compile("\r\ncontent-length: *(\\d+)");

	private static final Pattern CACHE_STATUS = Pattern.compile("\r\ncache-status: *([^\r]*)");

	private final StringBuilder head = new StringBuilder();

	private @Nullable Response response;

	Http1Visit(Visit visit, Tally tally, HeadTimes headTimes) {
		super(visit, tally, headTimes);
	}

	@Override
	public void channelActive(ChannelHandlerContext context) {
		if (context.pipeline().get(SslHandler.class) == null) {
			begin(context);
		}
	}

	@Override
	public void userEventTriggered(ChannelHandlerContext context, Object event) {
		if (event instanceof SslHandshakeCompletionEvent handshake && handshake.isSuccess()) {
			begin(context);
		}
	}

	@Override
	void ask(ChannelHandlerContext context, boolean whole) {
		Visit.Header header = visit().header();
		String request = "GET " + visit().path() + " HTTP/1.1\r\nHost: localhost\r\n"
				+ ((header != null) ? header.name() + ": " + header.value() + "\r\n" : "") + "\r\n";
		int length = whole ? request.length() : (int) (request.length() * visit().share());
		context.writeAndFlush(Unpooled.copiedBuffer(request.substring(0, length), StandardCharsets.US_ASCII));
	}

	@Override
	public void channelRead(ChannelHandlerContext context, Object message) {
		ByteBuf bytes = (ByteBuf) message;
		try {
			if (this.response == null) {
				readHead(context, bytes);
			}
			if (this.response != null && bytes.isReadable()) {
				readBody(context, this.response, bytes);
			}
		}
		finally {
			bytes.release();
		}
	}

	private void readHead(ChannelHandlerContext context, ByteBuf bytes) {
		while (bytes.isReadable() && this.response == null) {
			this.head.append((char) bytes.readByte());
			if (this.head.length() >= 4 && this.head.substring(this.head.length() - 4).equals("\r\n\r\n")) {
				this.response = Response.of(this.head.toString().toLowerCase(Locale.ROOT));
				headEnds(this.response.status(), this.response.cacheStatus());
			}
		}
		headBegins(context);
		if (this.response != null && this.response.length() == 0) {
			answerEnds(context);
		}
	}

	private void readBody(ChannelHandlerContext context, Response response, ByteBuf bytes) {
		int count = bytes.readableBytes();
		body(context, response.status(), bytes);
		this.response = response.after(count);
		if (this.response.left() == 0) {
			answerEnds(context);
		}
	}

	@Override
	void leave(ChannelHandlerContext context, Departure departure) {
		switch (departure) {
			case RESET -> reset(context.channel());
			case HALF_CLOSE -> ((DuplexChannel) context.channel()).shutdownOutput();
			default -> context.channel().close();
		}
	}

	/** Past TLS, which would say good-bye. */
	static void reset(Channel channel) {
		if (channel.isOpen()) {
			channel.config().setOption(ChannelOption.SO_LINGER, 0);
			channel.pipeline().firstContext().close();
		}
	}

	/**
	 * A response whose head has come. A chunked body has no length: its client reads
	 * until the connection ends, or leaves before.
	 *
	 * @param length the length of its body
	 * @param left how much of the body has not come yet
	 */
	private record Response(int status, String cacheStatus, long length, long left) {

		static Response of(String head) {
			Matcher length = LENGTH.matcher(head);
			Matcher cacheStatus = CACHE_STATUS.matcher(head);
			long bytes = length.find() ? Long.parseLong(length.group(1)) : Long.MAX_VALUE;
			return new Response(Integer.parseInt(head.substring(9, 12)), cacheStatus.find() ? cacheStatus.group(1) : "",
					bytes, bytes);
		}

		Response after(int count) {
			return new Response(this.status, this.cacheStatus, this.length, this.left - count);
		}

	}

}
