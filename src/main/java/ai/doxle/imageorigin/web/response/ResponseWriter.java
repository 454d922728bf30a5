package ai.doxle.imageorigin.web.response;

import java.io.IOException;

import io.netty.channel.Channel;
import io.netty.handler.codec.http2.Http2Exception;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpMethod;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.channel.AbortedException;
import reactor.netty.channel.ChannelOperations;
import reactor.netty.http.server.HttpServerResponse;

import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.web.body.PacedBody;

/**
 * Writes responses, and cuts the connection where one that has begun cannot be finished:
 * a short body that ends politely would be cached as if it were whole.
 */
public final class ResponseWriter {

	private static final Logger logger = LoggerFactory.getLogger(ResponseWriter.class);

	private final ResponseHeaders headers;

	private final FailureResponses failures;

	public ResponseWriter(ResponseHeaders headers, FailureResponses failures) {
		this.headers = headers;
		this.failures = failures;
	}

	/**
	 * Writes a response; its body follows the client's pace.
	 */
	public Mono<Void> write(ServerWebExchange exchange, ImageResponse made) {
		ServerHttpResponse response = exchange.getResponse();
		response.setStatusCode(made.status());
		response.getHeaders().putAll(this.headers.of(made, exchange.getRequest().getHeaders().getOrigin()));
		if (made.body() == null || HttpMethod.HEAD.equals(exchange.getRequest().getMethod())) {
			return end(response);
		}
		Flux<DataBuffer> body = new PacedBody<>(made.body(), channel(response));
		return response.writeWith(body.doOnDiscard(DataBuffer.class, DataBufferUtils::release));
	}

	/** Reactor Netty would announce a chunked body to HEAD where no length is known. */
	private static Mono<Void> end(ServerHttpResponse response) {
		HttpServerResponse server = ServerHttpResponseDecorator.getNativeResponse(response);
		server.chunkedTransfer(false);
		return response.setComplete();
	}

	/**
	 * Ends a request that failed: with a problem if nothing has gone out yet, otherwise
	 * by cutting the connection.
	 */
	public Mono<Void> rescue(ServerWebExchange exchange, Throwable failure) {
		if (exchange.getResponse().isCommitted()) {
			return cut(exchange, failure);
		}
		exchange.getResponse().getHeaders().clear();
		return write(exchange, this.failures.response(failure));
	}

	/** A client that leaves is not worth a warning. */
	private static Mono<Void> cut(ServerWebExchange exchange, Throwable failure) {
		boolean left = isLeaving(failure) || !channel(exchange.getResponse()).isActive();
		logger.atLevel(left ? Level.DEBUG : Level.WARN)
			.log("Closing the connection in the middle of {}: {}", exchange.getRequest().getURI().getRawPath(),
					failure.getMessage());
		connection(exchange.getResponse()).dispose();
		return Mono.empty();
	}

	/** Whether a failure is that of writing to a client that is not there any more. */
	private static boolean isLeaving(Throwable failure) {
		return failure instanceof IOException || failure instanceof AbortedException
				|| failure instanceof Http2Exception || failure instanceof ImageFailure.Abandoned;
	}

	/** The connection, or the HTTP/2 stream, that a response goes out over. */
	public static Channel channel(ServerHttpResponse response) {
		return connection(response).channel();
	}

	/** Reactor Netty's request, response and connection are one object. */
	private static ChannelOperations<?, ?> connection(ServerHttpResponse response) {
		return ServerHttpResponseDecorator.getNativeResponse(response);
	}

}
