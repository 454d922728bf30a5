package ai.doxle.imageorigin.web;

import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebHandler;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Timed;

import ai.doxle.imageorigin.delivery.ImageDelivery;
import ai.doxle.imageorigin.runtime.ResourceScope;
import ai.doxle.imageorigin.web.body.FirstPieceTimeout;
import ai.doxle.imageorigin.web.request.Evaluation;
import ai.doxle.imageorigin.web.request.RequestGate;
import ai.doxle.imageorigin.web.response.ImageResponse;
import ai.doxle.imageorigin.web.response.ImageResponses;
import ai.doxle.imageorigin.web.response.ResponseWriter;
import ai.doxle.imageorigin.web.server.ConnectionScope;

/**
 * Serves images. A request
 * <ol>
 * <li>passes the {@linkplain RequestGate gate}: edge, method, key, token, right to the
 * path;</li>
 * <li>is looked up in memory, in the loads under way, in the region and in the store, by
 * {@link ImageDelivery};</li>
 * <li>is evaluated against the image's head: preconditions and ranges
 * ({@link Evaluation});</li>
 * <li>becomes a response, by {@link ImageResponder};</li>
 * <li>is written at the client's pace, or the connection is cut, by
 * {@link ResponseWriter}.</li>
 * </ol>
 * What is open for it belongs to its connection or stream, and is given back with it.
 */
final class ImageHandler implements WebHandler {

	private final RequestGate gate;

	private final ImageResponder responder;

	private final ResponseWriter writer;

	private final Duration timeout;

	ImageHandler(RequestGate gate, ImageResponder responder, ResponseWriter writer, Duration timeout) {
		this.gate = gate;
		this.responder = responder;
		this.writer = writer;
		this.timeout = timeout;
	}

	/** Whether a request is for an image. */
	boolean concerns(ServerWebExchange exchange) {
		return this.gate.concerns(exchange.getRequest().getURI().getRawPath());
	}

	@Override
	public Mono<Void> handle(ServerWebExchange exchange) {
		return Mono.using(() -> ConnectionScope.open(ResponseWriter.channel(exchange.getResponse())),
				(scope) -> respond(exchange).contextWrite(scope::addTo), ResourceScope::dispose);
	}

	private Mono<Void> respond(ServerWebExchange exchange) {
		return Mono.defer(() -> respond(exchange.getRequest()))
			.timeout(this.timeout)
			.doOnError(TimeoutException.class, (failure) -> this.responder.timedOut())
			.timed()
			.flatMap((response) -> this.writer.write(exchange, inTime(response)))
			.onErrorResume((failure) -> this.writer.rescue(exchange, failure));
	}

	private Mono<ImageResponse> respond(ServerHttpRequest request) {
		boolean secure = "https".equals(request.getURI().getScheme());
		return this.gate.enter(request.getMethod(), request.getURI().getRawPath(), request.getHeaders(), secure)
			.map(this.responder::respond)
			.defaultIfEmpty(Mono.fromSupplier(ImageResponses::options))
			.flatMap(Function.identity());
	}

	/** The head of a response goes out with the first piece of its body. */
	private ImageResponse inTime(Timed<ImageResponse> made) {
		ImageResponse response = made.get();
		return (response.body() != null)
				? response.withBody(new FirstPieceTimeout<>(response.body(), this.timeout.minus(made.elapsed())))
				: response;
	}

}
