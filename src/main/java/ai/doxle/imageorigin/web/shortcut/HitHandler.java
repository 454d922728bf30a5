package ai.doxle.imageorigin.web.shortcut;

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
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.netty.NettyPipeline;
import reactor.netty.http.HttpConnectionLiveness;
import reactor.netty.http.IdleTimeoutHandler;

import ai.doxle.imageorigin.delivery.MemoryHit;
import ai.doxle.imageorigin.web.head.RequestHeads;
import ai.doxle.imageorigin.web.server.Transport;

/**
 * Serves images in memory right behind the HTTP codec of its connection or HTTP/2 stream
 * and {@link RequestHeads}, on the connection's own thread. Makes the same checks as the
 * WebFlux path. Anything else (an unusual request, a refusal, a miss) is passed on to
 * WebFlux, and so are pipelined requests behind it until its response is complete.
 */
final class HitHandler extends ChannelDuplexHandler {

	private final HitRequests requests;

	private final HitDrain drain;

	private final @Nullable Duration idleTimeout;

	private final Transport transport;

	/** Whether the connection is encrypted. */
	private boolean secure;

	/** Responses of WebFlux that are not complete yet. */
	private int pendingResponses;

	/** Whether what is left of the present request is dropped: it has its response. */
	private boolean skipping;

	/** The last write that is not flushed yet. */
	private @Nullable ChannelFuture pendingFlush;

	/** The last write that is flushed, but not taken by a slow client. */
	private @Nullable ChannelFuture overflow;

	/** The images of what is not flushed yet. */
	private final List<MemoryHit> images = new ArrayList<>(1);

	HitHandler(HitRequests requests, HitDrain drain, @Nullable Duration idleTimeout, Transport transport) {
		this.requests = requests;
		this.drain = drain;
		this.idleTimeout = idleTimeout;
		this.transport = transport;
	}

	@Override
	public void handlerAdded(ChannelHandlerContext context) {
		this.secure = Transport.isEncrypted(context.channel());
	}

	@Override
	public void channelRead(ChannelHandlerContext context, Object message) {
		if (message instanceof HttpRequest request) {
			HitResponse hit = hit(request);
			this.skipping = hit != null;
			if (hit == null) {
				this.pendingResponses++;
			}
			else {
				write(context, hit);
			}
		}
		if (this.skipping) {
			ReferenceCountUtil.release(message);
		}
		else {
			context.fireChannelRead(message);
		}
	}

	private @Nullable HitResponse hit(HttpRequest request) {
		boolean isNext = this.pendingResponses == 0 && this.drain.isRunning();
		return isNext ? this.requests.hit(request, maySendFile(), this.secure) : null;
	}

	@Override
	public void channelReadComplete(ChannelHandlerContext context) {
		ChannelFuture pending = this.pendingFlush;
		if (pending != null) {
			this.pendingFlush = null;
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
			this.pendingResponses--;
		}
		context.write(message, promise);
	}

	/**
	 * Lets a response under way end first: at a graceful shutdown, Reactor Netty takes
	 * its connection for an idle one.
	 */
	@Override
	@SuppressWarnings("FutureReturnValueIgnored") // the promise is the caller's
	public void close(ChannelHandlerContext context, ChannelPromise promise) {
		ChannelFuture pending = (this.pendingFlush != null) ? this.pendingFlush : this.overflow;
		if (pending == null) {
			context.close(promise);
		}
		else {
			pending.addListener((end) -> context.close(promise));
		}
	}

	/** Where a head is missing, nothing else may take its place. */
	@SuppressWarnings("FutureReturnValueIgnored") // the end is not waited for
	private void write(ChannelHandlerContext context, HitResponse hit) {
		ChannelFuture head = context.write(hit.response());
		if (head.isDone() && !head.isSuccess()) {
			hit.file().forEach(FileRegion::release);
			context.close();
			return;
		}
		this.pendingFlush = head;
		this.images.add(hit.image());
		writeFile(context, hit.file());
	}

	/** The codec takes the response for whole: what is in a file goes out past it. */
	private void writeFile(ChannelHandlerContext context, List<FileRegion> file) {
		if (file.isEmpty()) {
			return;
		}
		ChannelHandlerContext codec = codec(context.pipeline());
		for (FileRegion piece : file) {
			this.pendingFlush = codec.write(piece);
		}
	}

	/** It has no name where the client could have gone on with HTTP/2. */
	private static ChannelHandlerContext codec(ChannelPipeline pipeline) {
		ChannelHandlerContext named = pipeline.context(NettyPipeline.HttpCodec);
		return (named != null) ? named : pipeline.context(HttpServerCodec.class);
	}

	/** Reads on when the response is out. */
	private void finish(ChannelHandlerContext context, ChannelFuture pending) {
		if (pending.isDone()) {
			this.images.clear();
			context.read();
			return;
		}
		this.overflow = pending;
		this.drain.add(pending);
		resetOnReclaim(context, pending);
		stopIdleTimeout(context.pipeline());
		pending.addListener((end) -> {
			this.overflow = null;
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
		for (MemoryHit image : this.images) {
			Disposable registration = image
				.onReclaim(() -> context.executor().execute(() -> resetUnlessDone(context, pending)));
			pending.addListener((end) -> registration.dispose());
		}
		this.images.clear();
	}

	@SuppressWarnings("FutureReturnValueIgnored") // the outcome is not waited for
	private void resetUnlessDone(ChannelHandlerContext context, ChannelFuture pending) {
		if (pending.isDone()) {
			return;
		}
		if (this.transport != Transport.HTTP_2_STREAM) {
			context.channel().config().setOption(ChannelOption.SO_LINGER, 0);
		}
		context.close();
	}

	/**
	 * While a slow client takes a response, its connection is not idle although nothing
	 * is read. That of an HTTP/2 stream is closed when its streams have ended, in any
	 * case.
	 */
	private void stopIdleTimeout(ChannelPipeline pipeline) {
		if (this.transport != Transport.HTTP_2_STREAM) {
			IdleTimeoutHandler.removeIdleTimeoutHandler(pipeline);
		}
	}

	private void startIdleTimeout(ChannelPipeline pipeline) {
		if (this.transport != Transport.HTTP_2_STREAM) {
			IdleTimeoutHandler.addIdleTimeoutHandler(pipeline, this.idleTimeout, HttpConnectionLiveness.CLOSE);
		}
	}

	/**
	 * Not where it is encrypted or framed; nor behind another response, since a thousand
	 * pipelined requests would leave many thousand pieces.
	 */
	private boolean maySendFile() {
		return this.transport == Transport.HTTP_1 && this.pendingFlush == null;
	}

}
