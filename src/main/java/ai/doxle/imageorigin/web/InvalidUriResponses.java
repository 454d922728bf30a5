package ai.doxle.imageorigin.web;

import io.netty.handler.codec.http.HttpResponseStatus;
import org.springframework.boot.reactor.netty.NettyServerCustomizer;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.NettyDataBufferFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.support.Netty4HeadersAdapter;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

import ai.doxle.imageorigin.access.AccessFailure;
import ai.doxle.imageorigin.web.head.RequestHeads;
import ai.doxle.imageorigin.web.request.InvalidRequestException;
import ai.doxle.imageorigin.web.request.RequestGate;
import ai.doxle.imageorigin.web.response.FailureResponses;
import ai.doxle.imageorigin.web.response.ImageResponse;
import ai.doxle.imageorigin.web.response.ImageResponses;
import ai.doxle.imageorigin.web.response.Problems;
import ai.doxle.imageorigin.web.response.ResponseHeaders;

/**
 * Finishes the response to a request whose target is no URI even behind
 * {@link RequestHeads}, {@code %zz} for example: Spring refuses it with a bare 400 before
 * any filter of ours could say more. If it is for an image, edge and method are checked
 * first, as always.
 */
final class InvalidUriResponses implements NettyServerCustomizer {

	private final RequestGate gate;

	private final ResponseHeaders headers;

	private final Problems problems;

	private final FailureResponses failures;

	InvalidUriResponses(RequestGate gate, ResponseHeaders headers, Problems problems) {
		this.gate = gate;
		this.headers = headers;
		this.problems = problems;
		this.failures = new FailureResponses(problems);
	}

	@Override
	public HttpServer apply(HttpServer server) {
		return server.mapHandle((handled, connection) -> handled
			.then(Mono.defer(() -> finish((HttpServerRequest) connection, (HttpServerResponse) connection))));
	}

	/** The connection is request and response in one. */
	private Mono<Void> finish(HttpServerRequest request, HttpServerResponse response) {
		boolean bare = !response.hasSentHeaders() && HttpResponseStatus.BAD_REQUEST.equals(response.status());
		return bare ? write(response(request), request, response) : Mono.empty();
	}

	private ImageResponse response(HttpServerRequest request) {
		HttpHeaders headers = new HttpHeaders(new Netty4HeadersAdapter(request.requestHeaders()));
		try {
			return response(HttpMethod.valueOf(request.method().name()), request.uri(), headers);
		}
		catch (AccessFailure | InvalidRequestException refusal) {
			return this.failures.answer(refusal);
		}
	}

	/** Of what could be read in spite of all, nothing is left but OPTIONS. */
	private ImageResponse response(HttpMethod method, String target, HttpHeaders headers) {
		boolean isOptions = this.gate.concerns(target) && this.gate.check(method, target, headers).isEmpty();
		return isOptions ? ImageResponses.options() : unreadable();
	}

	private ImageResponse unreadable() {
		return this.problems.problem(HttpStatus.BAD_REQUEST, "Cannot read the path: it is no URI");
	}

	private Mono<Void> write(ImageResponse made, HttpServerRequest request, HttpServerResponse response) {
		response.status(made.status().value());
		this.headers.of(made, request.requestHeaders().get(HttpHeaders.ORIGIN))
			.forEach((name, values) -> response.responseHeaders().set(name, values));
		Flux<DataBuffer> body = made.body();
		return (body == null || HttpMethod.HEAD.name().equals(request.method().name())) ? response.send()
				: response.send(body.map(NettyDataBufferFactory::toByteBuf)).then();
	}

}
