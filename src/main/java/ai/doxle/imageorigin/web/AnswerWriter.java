package ai.doxle.imageorigin.web;

import java.time.Clock;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerResponse;

/**
 * Writes answers, and cuts the connection where an answer that has begun cannot be
 * finished: a short body that ends politely would be cached as if it were whole.
 */
final class AnswerWriter {

	private static final Logger logger = LoggerFactory.getLogger(AnswerWriter.class);

	private final CorsHeaders cors;

	private final FailureAnswers failures;

	private final Clock clock;

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
		return (answer.body() == null || HttpMethod.HEAD.equals(exchange.getRequest().getMethod()))
				? response.setComplete()
				: response.writeWith(answer.body().doOnDiscard(DataBuffer.class, DataBufferUtils::release));
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
		HttpHeaders headers = new HttpHeaders(answer.headers());
		headers.set(HttpHeaders.DATE, HttpDates.format(this.clock.instant()));
		headers.set("X-Content-Type-Options", "nosniff");
		this.cors.addTo(headers, origin);
		return headers;
	}

	private static Mono<Void> cut(ServerWebExchange exchange, Throwable failure) {
		logger.warn("Cutting the connection in the middle of {}: {}", exchange.getRequest().getURI().getRawPath(),
				failure.getMessage());
		HttpServerResponse connection = ServerHttpResponseDecorator.getNativeResponse(exchange.getResponse());
		connection.withConnection((channel) -> channel.dispose());
		return Mono.empty();
	}

}
