package ai.doxle.imageorigin.web;

import java.time.Duration;
import java.util.concurrent.TimeoutException;

import org.springframework.http.HttpMethod;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebHandler;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Timed;

import ai.doxle.imageorigin.access.ImageAccess;
import ai.doxle.imageorigin.runtime.ResourceScope;
import ai.doxle.imageorigin.web.body.FirstPieceTimeout;
import ai.doxle.imageorigin.web.request.ImageRequest;
import ai.doxle.imageorigin.web.request.ImageRequestReader;

/**
 * Answers requests for images. The order of checks is part of the contract: edge, method,
 * key, token and the right to the path, then the store.
 */
final class ImageHandler implements WebHandler {

	private final ImageRequestReader reader;

	private final ImageAccess access;

	private final Settlement settlement;

	private final AnswerWriter writer;

	private final Duration timeout;

	ImageHandler(ImageRequestReader reader, ImageAccess access, Settlement settlement, AnswerWriter writer,
			Duration timeout) {
		this.reader = reader;
		this.access = access;
		this.settlement = settlement;
		this.writer = writer;
		this.timeout = timeout;
	}

	/** Whether a request is for an image. */
	boolean concerns(ServerWebExchange exchange) {
		return this.reader.concerns(exchange.getRequest().getURI().getRawPath());
	}

	@Override
	public Mono<Void> handle(ServerWebExchange exchange) {
		return Mono.using(() -> ConnectionScope.open(AnswerWriter.channel(exchange.getResponse())),
				(scope) -> respond(exchange).contextWrite(scope::addTo), ResourceScope::dispose);
	}

	private Mono<Void> respond(ServerWebExchange exchange) {
		return Mono.defer(() -> answer(exchange.getRequest()))
			.timeout(this.timeout)
			.doOnError(TimeoutException.class, (late) -> this.settlement.late())
			.timed()
			.flatMap((answer) -> this.writer.write(exchange, inTime(answer)))
			.onErrorResume((failure) -> this.writer.rescue(exchange, failure));
	}

	/** The head of an answer goes out with the first piece of its body. */
	private Answer inTime(Timed<Answer> made) {
		Answer answer = made.get();
		return (answer.body() != null)
				? answer.withBody(new FirstPieceTimeout<>(answer.body(), this.timeout.minus(made.elapsed()))) : answer;
	}

	private Mono<Answer> answer(ServerHttpRequest request) {
		this.access.requireEdge(request.getHeaders());
		if (HttpMethod.OPTIONS.equals(request.getMethod())) {
			return Mono.just(ImageAnswers.options());
		}
		ImageRequest wanted = this.reader.read(request.getMethod(), request.getURI().getRawPath(),
				request.getHeaders());
		return this.access.admit(request.getHeaders(), wanted.key())
			.then(Mono.defer(() -> this.settlement.settle(wanted)));
	}

}
