package ai.doxle.imageorigin.web.head;

import java.util.Iterator;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.reactor.netty.NettyServerCustomizer;
import reactor.netty.http.server.HttpServer;

import ai.doxle.imageorigin.web.request.HostField;
import ai.doxle.imageorigin.web.request.RequestTargets;
import ai.doxle.imageorigin.web.server.HttpPipelines;
import ai.doxle.imageorigin.web.server.Transport;

/**
 * Looks at the head of every request before anything else does. A request must name one
 * host (RFC 9112 section 3.2, RFC 9113 section 8.3.1), and its target is made such that
 * the next handler can read it.
 */
public final class RequestHeads implements NettyServerCustomizer {

	private final RequestTargets targets;

	private final DecoderFailureResponses refusals;

	public RequestHeads(RequestTargets targets, DecoderFailureResponses refusals) {
		this.targets = targets;
		this.refusals = refusals;
	}

	@Override
	public HttpServer apply(HttpServer server) {
		return HttpPipelines.prepare(server, this::addTo);
	}

	private void addTo(Channel channel) {
		boolean stream = Transport.of(channel) == Transport.HTTP_2_STREAM;
		if (stream) {
			StreamRequests.watch(channel);
		}
		HttpPipelines.add(channel, new Heads(stream));
	}

	/** Why a request is refused for its host, or null. */
	private static @Nullable String fault(HttpRequest request) {
		Iterator<? extends CharSequence> hosts = request.headers().valueCharSequenceIterator(HttpHeaderNames.HOST);
		if (!hosts.hasNext()) {
			return HttpVersion.HTTP_1_0.equals(request.protocolVersion()) ? null : "it names no host";
		}
		String host = hosts.next().toString();
		if (hosts.hasNext()) {
			return "it names two hosts";
		}
		if (!HostField.isValid(host)) {
			return "its host is invalid";
		}
		dropEmptyPort(request.headers(), host);
		return null;
	}

	/** It is allowed (RFC 3986 section 3.2.3), but Reactor Netty wants a number. */
	private static void dropEmptyPort(HttpHeaders headers, String host) {
		if (host.endsWith(":")) {
			headers.set(HttpHeaderNames.HOST, host.substring(0, host.length() - 1));
		}
	}

	/** Looks at the requests of one connection or stream. */
	private final class Heads extends ChannelInboundHandlerAdapter {

		private final boolean stream;

		/** Whether the present request is refused here. */
		private boolean refused;

		Heads(boolean stream) {
			this.stream = stream;
		}

		@Override
		public void channelRead(ChannelHandlerContext context, Object message) {
			if (message instanceof HttpRequest request && request.decoderResult().isSuccess()) {
				look(context, request);
			}
			if (this.refused) {
				ReferenceCountUtil.release(message);
			}
			else {
				context.fireChannelRead(message);
			}
		}

		private void look(ChannelHandlerContext context, HttpRequest request) {
			String fault = fault(request);
			if (fault == null) {
				request.setUri(RequestHeads.this.targets.readable(request.uri()));
			}
			else {
				refuse(context, request, fault);
			}
		}

		/**
		 * Over HTTP/1.1, where other responses may have to go first, Reactor Netty
		 * refuses it like one that cannot be decoded. A stream has one request only.
		 */
		@SuppressWarnings("FutureReturnValueIgnored") // the outcome is not waited for
		private void refuse(ChannelHandlerContext context, HttpRequest request, String fault) {
			if (!this.stream) {
				request.setDecoderResult(DecoderResult.failure(new InvalidHeadException(fault)));
				return;
			}
			this.refused = true;
			context.writeAndFlush(RequestHeads.this.refusals.problem(request, fault, context.alloc().buffer()));
		}

	}

}
