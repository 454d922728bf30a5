package ai.doxle.imageorigin.harness.load;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.QueryStringDecoder;
import org.jspecify.annotations.Nullable;

/**
 * One connection to {@link DelayedS3}. A client has one request under way at a time.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a client that has left needs no answer
final class DelayedS3Handler extends SimpleChannelInboundHandler<HttpObject> {

	private static final int PIECE = 32 * 1024;

	private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-(\\d+)");

	private static final ByteBuf ABSENT = Unpooled.unreleasableBuffer(Unpooled
		.copiedBuffer("<Error><Code>NoSuchKey</Code><Message>absent</Message></Error>", StandardCharsets.US_ASCII));

	private final DelayedS3 s3;

	private boolean bodyUnderWay;

	DelayedS3Handler(DelayedS3 s3) {
		this.s3 = s3;
	}

	@Override
	protected void channelRead0(ChannelHandlerContext context, HttpObject part) {
		if (part instanceof HttpRequest request) {
			boolean bodiless = request.method().equals(HttpMethod.HEAD);
			String key = key(request);
			String range = request.headers().get(HttpHeaderNames.RANGE);
			if (!bodiless) {
				this.s3.countGet(key);
			}
			context.executor()
				.schedule(() -> answer(context, key, range, bodiless), this.s3.delay().toNanos(), TimeUnit.NANOSECONDS);
		}
	}

	/** What follows the bucket, or nothing. */
	private static String key(HttpRequest request) {
		String path = new QueryStringDecoder(request.uri()).path();
		int slash = path.indexOf('/', 1);
		return (slash < 0) ? "" : path.substring(slash + 1);
	}

	private void answer(ChannelHandlerContext context, String key, @Nullable String range, boolean bodiless) {
		if (!context.channel().isActive()) {
			return;
		}
		if (key.isEmpty()) {
			end(context, head(HttpResponseStatus.OK, 0), Unpooled.EMPTY_BUFFER);
		}
		else if (key.contains("absent")) {
			end(context, head(HttpResponseStatus.NOT_FOUND, ABSENT.readableBytes()),
					bodiless ? Unpooled.EMPTY_BUFFER : ABSENT.duplicate());
		}
		else {
			answer(context, GeneratedImage.of(key), range, bodiless);
		}
	}

	private void answer(ChannelHandlerContext context, GeneratedImage image, @Nullable String range, boolean bodiless) {
		Matcher part = RANGE.matcher((range != null) ? range : "");
		boolean partial = part.matches();
		int first = partial ? Integer.parseInt(part.group(1)) : 0;
		int end = partial ? Math.min(Integer.parseInt(part.group(2)) + 1, image.length()) : image.length();
		HttpResponse head = head(partial ? HttpResponseStatus.PARTIAL_CONTENT : HttpResponseStatus.OK, end - first);
		head.headers()
			.set(HttpHeaderNames.CONTENT_TYPE, "image/png")
			.set(HttpHeaderNames.ETAG, image.tag())
			.set(HttpHeaderNames.LAST_MODIFIED, "Sun, 01 Nov 2026 00:00:00 GMT");
		if (partial) {
			head.headers()
				.set(HttpHeaderNames.CONTENT_RANGE, "bytes " + first + "-" + (end - 1) + "/" + image.length());
		}
		if (bodiless) {
			end(context, head, Unpooled.EMPTY_BUFFER);
			return;
		}
		this.bodyUnderWay = true;
		this.s3.bodyBegins();
		context.write(head);
		send(context, image, first, end);
	}

	private static HttpResponse head(HttpResponseStatus status, int length) {
		HttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, status);
		head.headers().set(HttpHeaderNames.CONTENT_LENGTH, length);
		return head;
	}

	private static void end(ChannelHandlerContext context, HttpResponse head, ByteBuf body) {
		context.write(head);
		context.write(new DefaultHttpContent(body));
		context.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
	}

	/** Sends a piece, and the next one when the kernel has taken it. */
	private void send(ChannelHandlerContext context, GeneratedImage image, int position, int end) {
		int count = Math.min(PIECE, end - position);
		ChannelFuture written = context.writeAndFlush(new DefaultHttpContent(image.piece(position, count)));
		if (position + count == end) {
			endBody();
			context.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
			return;
		}
		written.addListener((done) -> {
			if (done.isSuccess()) {
				pause(context, () -> send(context, image, position + count, end));
			}
		});
	}

	private void pause(ChannelHandlerContext context, Runnable next) {
		long nanos = this.s3.pause().toNanos();
		if (nanos == 0) {
			context.executor().execute(next);
		}
		else {
			context.executor().schedule(next, nanos, TimeUnit.NANOSECONDS);
		}
	}

	private void endBody() {
		if (this.bodyUnderWay) {
			this.bodyUnderWay = false;
			this.s3.bodyEnds();
		}
	}

	@Override
	public void channelInactive(ChannelHandlerContext context) {
		endBody();
	}

	@Override
	public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
		context.close();
	}

}
