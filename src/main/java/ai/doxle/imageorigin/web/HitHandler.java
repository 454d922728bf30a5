package ai.doxle.imageorigin.web;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.channel.FileRegion;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.support.Netty4HeadersAdapter;
import reactor.core.Disposable;
import reactor.netty.NettyPipeline;
import reactor.netty.http.HttpConnectionLiveness;
import reactor.netty.http.IdleTimeoutHandler;

import ai.doxle.imageorigin.access.ImageAccess;
import ai.doxle.imageorigin.delivery.HeldImage;
import ai.doxle.imageorigin.delivery.ImageDelivery;
import ai.doxle.imageorigin.web.request.ImageRequest;
import ai.doxle.imageorigin.web.request.ImageRequestReader;
import ai.doxle.imageorigin.web.request.InvalidRequestException;

/**
 * Answers what is in memory right behind the HTTP codec of its connection or HTTP/2
 * stream and {@link RequestHeads}, on the connection's own thread. Every check is made as
 * ever; whatever is not an ordinary request, is refused or is not in memory goes the
 * ordinary way, and so does everything behind it until it is answered.
 */
final class HitHandler extends ChannelDuplexHandler {

	private final ImageRequestReader reader;

	private final ImageAccess access;

	private final ImageDelivery delivery;

	private final HitAnswers answers;

	private final HitDrain drain;

	private final @Nullable Duration idleTimeout;

	private final Wire wire;

	/** Requests that went the ordinary way and are not answered yet. */
	private int elsewhere;

	/** Whether the rest of the present request is ours. */
	private boolean ours;

	/** What is to be flushed. */
	private @Nullable ChannelFuture written;

	/** What is flushed, but not taken by a slow client. */
	private @Nullable ChannelFuture unfinished;

	/** The images of what is to be flushed. */
	private final List<HeldImage> images = new ArrayList<>(1);

	HitHandler(ImageRequestReader reader, ImageAccess access, ImageDelivery delivery, HitAnswers answers,
			HitDrain drain, @Nullable Duration idleTimeout, Wire wire) {
		this.reader = reader;
		this.access = access;
		this.delivery = delivery;
		this.answers = answers;
		this.drain = drain;
		this.idleTimeout = idleTimeout;
		this.wire = wire;
	}

	@Override
	public void channelRead(ChannelHandlerContext context, Object message) {
		if (message instanceof HttpRequest request) {
			HitAnswer answer = (this.elsewhere == 0 && this.drain.isRunning()) ? answer(request) : null;
			this.ours = answer != null;
			if (answer == null) {
				this.elsewhere++;
			}
			else {
				write(context, answer);
			}
		}
		if (this.ours) {
			ReferenceCountUtil.release(message);
		}
		else {
			context.fireChannelRead(message);
		}
	}

	@Override
	public void channelReadComplete(ChannelHandlerContext context) {
		ChannelFuture pending = this.written;
		if (pending != null) {
			this.written = null;
			context.flush();
			finish(context, pending);
		}
		context.fireChannelReadComplete();
	}

	@Override
	@SuppressWarnings("FutureReturnValueIgnored") // the promise is the caller's
	public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
		boolean informational = message instanceof HttpResponse response
				&& response.status().codeClass() == HttpStatusClass.INFORMATIONAL;
		if (message instanceof LastHttpContent && !informational) {
			this.elsewhere--;
		}
		context.write(message, promise);
	}

	/**
	 * Lets an answer under way end first: at a graceful shutdown, Reactor Netty takes its
	 * connection for an idle one.
	 */
	@Override
	@SuppressWarnings("FutureReturnValueIgnored") // the promise is the caller's
	public void close(ChannelHandlerContext context, ChannelPromise promise) {
		ChannelFuture pending = (this.written != null) ? this.written : this.unfinished;
		if (pending == null) {
			context.close(promise);
		}
		else {
			pending.addListener((end) -> context.close(promise));
		}
	}

	/** Where a head is missing, nothing else may take its place. */
	@SuppressWarnings("FutureReturnValueIgnored") // nobody waits for the end
	private void write(ChannelHandlerContext context, HitAnswer answer) {
		ChannelFuture head = context.write(answer.response());
		if (head.isDone() && !head.isSuccess()) {
			answer.file().forEach(FileRegion::release);
			context.close();
			return;
		}
		this.written = head;
		this.images.add(answer.image());
		writeFile(context, answer.file());
	}

	/** The codec takes the answer for whole: what is in a file goes out past it. */
	private void writeFile(ChannelHandlerContext context, List<FileRegion> file) {
		if (file.isEmpty()) {
			return;
		}
		ChannelHandlerContext codec = codec(context.pipeline());
		for (FileRegion piece : file) {
			this.written = codec.write(piece);
		}
	}

	/** It has no name where the client could have gone on with HTTP/2. */
	private static ChannelHandlerContext codec(ChannelPipeline pipeline) {
		ChannelHandlerContext named = pipeline.context(NettyPipeline.HttpCodec);
		return (named != null) ? named : pipeline.context(HttpServerCodec.class);
	}

	/** Reads on when the answer is out. */
	private void finish(ChannelHandlerContext context, ChannelFuture pending) {
		if (pending.isDone()) {
			this.images.clear();
			context.read();
			return;
		}
		this.unfinished = pending;
		this.drain.add(pending);
		resetOnReclaim(context, pending);
		stopIdleTimeout(context.pipeline());
		pending.addListener((end) -> {
			this.unfinished = null;
			if (end.isSuccess()) {
				startIdleTimeout(context.pipeline());
				context.read();
			}
		});
	}

	/**
	 * A slow client loses its connection, or stream, rather than the memory of an evicted
	 * image be kept for it when others need it.
	 */
	private void resetOnReclaim(ChannelHandlerContext context, ChannelFuture pending) {
		for (HeldImage image : this.images) {
			Disposable registration = image
				.onReclaim(() -> context.executor().execute(() -> resetUnlessDone(context, pending)));
			pending.addListener((end) -> registration.dispose());
		}
		this.images.clear();
	}

	@SuppressWarnings("FutureReturnValueIgnored") // nobody waits
	private void resetUnlessDone(ChannelHandlerContext context, ChannelFuture pending) {
		if (pending.isDone()) {
			return;
		}
		if (this.wire != Wire.STREAM) {
			context.channel().config().setOption(ChannelOption.SO_LINGER, 0);
		}
		context.close();
	}

	/**
	 * While a slow client takes an answer, its connection is not idle although nothing is
	 * read. That of an HTTP/2 stream is closed when its streams have ended, in any case.
	 */
	private void stopIdleTimeout(ChannelPipeline pipeline) {
		if (this.wire != Wire.STREAM) {
			IdleTimeoutHandler.removeIdleTimeoutHandler(pipeline);
		}
	}

	private void startIdleTimeout(ChannelPipeline pipeline) {
		if (this.wire != Wire.STREAM) {
			IdleTimeoutHandler.addIdleTimeoutHandler(pipeline, this.idleTimeout, HttpConnectionLiveness.CLOSE);
		}
	}

	private @Nullable HitAnswer answer(HttpRequest request) {
		if (!this.reader.concerns(request.uri()) || !isOrdinary(request)) {
			return null;
		}
		HttpHeaders headers = new HttpHeaders(new Netty4HeadersAdapter(request.headers()));
		return this.access.isFromEdge(headers) ? answer(request, headers) : null;
	}

	private @Nullable HitAnswer answer(HttpRequest request, HttpHeaders headers) {
		try {
			ImageRequest wanted = this.reader.read(method(request), request.uri(), headers);
			return this.access.admitsAtOnce(headers, wanted.key()) ? answer(wanted, headers.getOrigin()) : null;
		}
		catch (InvalidRequestException refused) {
			return null;
		}
	}

	private @Nullable HitAnswer answer(ImageRequest wanted, @Nullable String origin) {
		HeldImage image = this.delivery.hold(wanted.key());
		return (image != null) ? this.answers.answer(wanted, image, origin, maySendFile()) : null;
	}

	/**
	 * Not where it is encrypted or framed; nor behind another answer, since a thousand
	 * pipelined requests would leave many thousand pieces.
	 */
	private boolean maySendFile() {
		return this.wire == Wire.CLEARTEXT && this.written == null;
	}

	/** HTTP/1.1 or HTTP/2, kept alive, without a body. */
	private static boolean isOrdinary(HttpRequest request) {
		boolean reads = HttpMethod.GET.equals(request.method()) || HttpMethod.HEAD.equals(request.method());
		return reads && request.decoderResult().isSuccess() && HttpVersion.HTTP_1_1.equals(request.protocolVersion())
				&& HttpUtil.isKeepAlive(request)
				&& "0".equals(request.headers().get(HttpHeaderNames.CONTENT_LENGTH, "0"))
				&& !request.headers().contains(HttpHeaderNames.TRANSFER_ENCODING)
				&& !request.headers().contains(HttpHeaderNames.EXPECT);
	}

	private static org.springframework.http.HttpMethod method(HttpRequest request) {
		return HttpMethod.HEAD.equals(request.method()) ? org.springframework.http.HttpMethod.HEAD
				: org.springframework.http.HttpMethod.GET;
	}

}
