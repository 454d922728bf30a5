package ai.doxle.imageorigin.web;

import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import org.springframework.boot.reactor.netty.NettyServerCustomizer;
import org.springframework.core.io.buffer.NettyDataBufferFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/**
 * Finishes the answer to a request whose target is no URI, {@code %zz} for example:
 * Spring refuses it with a bare 400 before any filter of ours could say more.
 */
final class UnreadableTargets implements NettyServerCustomizer {

	private final AnswerWriter writer;

	private final Problems problems;

	UnreadableTargets(AnswerWriter writer, Problems problems) {
		this.writer = writer;
		this.problems = problems;
	}

	@Override
	public HttpServer apply(HttpServer server) {
		return server.mapHandle((handled, connection) -> handled
			.then(Mono.defer(() -> finish((HttpServerRequest) connection, (HttpServerResponse) connection))));
	}

	/** The connection is request and response in one. */
	private Mono<Void> finish(HttpServerRequest request, HttpServerResponse response) {
		boolean bare = !response.hasSentHeaders() && HttpResponseStatus.BAD_REQUEST.equals(response.status());
		return bare ? refuse(request, response) : Mono.empty();
	}

	private Mono<Void> refuse(HttpServerRequest request, HttpServerResponse response) {
		Answer refusal = this.problems.problem(HttpStatus.BAD_REQUEST, "Cannot read the path: it is no URI");
		this.writer.headers(refusal, request.requestHeaders().get(HttpHeaders.ORIGIN))
			.forEach((name, values) -> response.responseHeaders().set(name, values));
		return (refusal.body() == null || HttpMethod.HEAD.equals(request.method())) ? response.send()
				: response.send(refusal.body().map(NettyDataBufferFactory::toByteBuf)).then();
	}

}
