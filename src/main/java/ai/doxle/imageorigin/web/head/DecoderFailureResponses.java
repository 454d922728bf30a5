package ai.doxle.imageorigin.web.head;

import java.util.Objects;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.reactor.netty.NettyServerCustomizer;
import org.springframework.core.io.buffer.NettyDataBufferFactory;
import org.springframework.http.HttpStatus;
import reactor.netty.http.server.HttpServer;

import ai.doxle.imageorigin.web.response.ImageResponse;
import ai.doxle.imageorigin.web.response.Problems;
import ai.doxle.imageorigin.web.response.ResponseHeaders;
import ai.doxle.imageorigin.web.server.HttpPipelines;
import ai.doxle.imageorigin.web.server.Transport;

/**
 * Gives the responses to requests that the HTTP codec cannot decode the form of all
 * others: a request line that is too long (414), a head that is (431), and what is no
 * HTTP (400). Reactor Netty writes these itself, bare, and closes the connection.
 */
public final class DecoderFailureResponses implements NettyServerCustomizer {

	private final ResponseHeaders headers;

	private final Problems problems;

	public DecoderFailureResponses(ResponseHeaders headers, Problems problems) {
		this.headers = headers;
		this.problems = problems;
	}

	@Override
	public HttpServer apply(HttpServer server) {
		return HttpPipelines.prepare(server, this::addTo);
	}

	/**
	 * What cannot be decoded in HTTP/2 is refused with an error of its own (RFC 9113
	 * section 7).
	 */
	private void addTo(Channel channel) {
		if (Transport.of(channel) != Transport.HTTP_2_STREAM) {
			HttpPipelines.add(channel, new Refusals());
		}
	}

	/**
	 * The response to a request whose head is at fault.
	 * @param fault what is wrong with it, fit for the client
	 * @param content an empty buffer for the body
	 */
	FullHttpResponse problem(HttpRequest request, String fault, ByteBuf content) {
		FullHttpResponse full = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.BAD_REQUEST,
				content);
		return fill(full, request, fault);
	}

	private FullHttpResponse problem(HttpRequest request, HttpResponse bare, ByteBuf content) {
		FullHttpResponse full = new DefaultFullHttpResponse(bare.protocolVersion(), bare.status(), content);
		full.headers().set(bare.headers());
		return fill(full, request, fault(request, bare));
	}

	private static String fault(HttpRequest request, HttpResponse bare) {
		return (request.decoderResult().cause() instanceof InvalidHeadException invalid)
				? Objects.requireNonNull(invalid.getMessage()) : bare.status().reasonPhrase();
	}

	private FullHttpResponse fill(FullHttpResponse response, HttpRequest request, String fault) {
		ImageResponse problem = this.problems.problem(HttpStatus.valueOf(response.status().code()),
				"The request cannot be read: " + fault);
		this.headers.of(problem, request.headers().get(HttpHeaderNames.ORIGIN))
			.forEach((name, values) -> response.headers().set(name, values));
		if (!HttpMethod.HEAD.equals(request.method())) {
			// a problem's body is at hand
			Objects.requireNonNull(problem.body())
				.map(NettyDataBufferFactory::toByteBuf)
				.subscribe(response.content()::writeBytes);
		}
		return response;
	}

	/** Watches one connection for the one request that ends it. */
	private final class Refusals extends ChannelDuplexHandler {

		private @Nullable HttpRequest undecodable;

		@Override
		public void channelRead(ChannelHandlerContext context, Object message) {
			if (message instanceof HttpRequest request && request.decoderResult().isFailure()) {
				this.undecodable = request;
			}
			context.fireChannelRead(message);
		}

		@Override
		@SuppressWarnings("FutureReturnValueIgnored") // it is the promise
		public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
			HttpRequest request = this.undecodable;
			if (request != null && message instanceof FullHttpResponse bare && isRefusal(bare)) {
				FullHttpResponse problem = problem(request, bare, context.alloc().buffer());
				ReferenceCountUtil.release(bare);
				context.write(problem, promise);
			}
			else {
				context.write(message, promise);
			}
		}

		/** The responses to requests before it on the same connection are none. */
		private static boolean isRefusal(FullHttpResponse full) {
			return full.status().code() >= HttpStatus.BAD_REQUEST.value() && !full.content().isReadable()
					&& !full.headers().contains(HttpHeaderNames.CONTENT_TYPE);
		}

	}

}
