package ai.doxle.imageorigin.web;

import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.concurrent.TimeUnit;

import io.netty.channel.Channel;
import io.netty.handler.codec.http2.Http2Exception;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpHeaders;
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
import ai.doxle.imageorigin.web.request.HttpDates;

/**
 * Writes answers, and cuts the connection where an answer that has begun cannot be
 * finished: a short body that ends politely would be cached as if it were whole.
 */
final class AnswerWriter {

	private static final Logger logger = LoggerFactory.getLogger(AnswerWriter.class);

	private final CorsHeaders cors;

	private final FailureAnswers failures;

	private final Clock clock;

	private volatile Stamp stamp = new Stamp(-1, "");

	AnswerWriter(CorsHeaders cors, FailureAnswers failures, Clock clock) {
		this.cors = cors;
		this.failures = failures;
		this.clock = clock;
	}

	/**
	 * Writes an answer; its body follows the client's pace.
	 */
	Mono<Void> write(ServerWebExchange exchange, Answer answer) {
		ServerHttpResponse response = exchange.getResponse();
		response.setStatusCode(answer.status());
		response.getHeaders().putAll(headers(answer, exchange.getRequest().getHeaders().getOrigin()));
		if (answer.body() == null || HttpMethod.HEAD.equals(exchange.getRequest().getMethod())) {
			return end(response);
		}
		Flux<DataBuffer> body = new PacedBody<>(answer.body(), channel(response));
		return response.writeWith(body.doOnDiscard(DataBuffer.class, DataBufferUtils::release));
	}

	/** Reactor Netty would announce a chunked body to HEAD where no length is known. */
	private static Mono<Void> end(ServerHttpResponse response) {
		HttpServerResponse answer = ServerHttpResponseDecorator.getNativeResponse(response);
		answer.chunkedTransfer(false);
		return response.setComplete();
	}

	/**
	 * Ends a request that failed: with a problem if nothing has gone out yet, otherwise
	 * by cutting the connection.
	 */
	Mono<Void> rescue(ServerWebExchange exchange, Throwable failure) {
		if (exchange.getResponse().isCommitted()) {
			return cut(exchange, failure);
		}
		exchange.getResponse().getHeaders().clear();
		return write(exchange, this.failures.answer(failure));
	}

	/**
	 * All headers of an answer: its own, and those of every answer.
	 * @param origin the request's origin, if it names one
	 */
	HttpHeaders headers(Answer answer, @Nullable String origin) {
		HttpHeaders headers = lastingHeaders(answer, origin);
		Stamp now = now();
		headers.set(HttpHeaders.DATE, now.date());
		if (headers.getLastModified() > TimeUnit.SECONDS.toMillis(now.second())) {
			// no image is younger than its answer (RFC 9110 section 8.8.2.1)
			headers.set(HttpHeaders.LAST_MODIFIED, now.date());
		}
		return headers;
	}

	/** All headers of an answer but the one that changes with time, {@code Date}. */
	HttpHeaders lastingHeaders(Answer answer, @Nullable String origin) {
		HttpHeaders headers = new HttpHeaders(answer.headers());
		headers.set("X-Content-Type-Options", "nosniff");
		this.cors.addTo(headers, origin);
		return headers;
	}

	/** The present {@code Date} (RFC 9110 section 6.6.1), formatted once a second. */
	String date() {
		return now().date();
	}

	private Stamp now() {
		long second = this.clock.instant().getEpochSecond();
		Stamp stamp = this.stamp;
		if (stamp.second() != second) {
			stamp = new Stamp(second, HttpDates.format(Instant.ofEpochSecond(second)));
			this.stamp = stamp;
		}
		return stamp;
	}

	/** Whether answers differ by the origin that a request names. */
	boolean isNamed(@Nullable String origin) {
		return this.cors.names(origin);
	}

	/** A client that leaves is no fault of anybody's. */
	private static Mono<Void> cut(ServerWebExchange exchange, Throwable failure) {
		boolean left = isLeaving(failure) || !channel(exchange.getResponse()).isActive();
		logger.atLevel(left ? Level.DEBUG : Level.WARN)
			.log("Cutting the connection in the middle of {}: {}", exchange.getRequest().getURI().getRawPath(),
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
	static Channel channel(ServerHttpResponse response) {
		return connection(response).channel();
	}

	/** Request, response and connection are one. */
	private static ChannelOperations<?, ?> connection(ServerHttpResponse response) {
		return ServerHttpResponseDecorator.getNativeResponse(response);
	}

	private record Stamp(long second, String date) {

	}

}
