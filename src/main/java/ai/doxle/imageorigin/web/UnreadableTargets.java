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
import ai.doxle.imageorigin.access.ImageAccess;
import ai.doxle.imageorigin.web.request.ImageRequestReader;
import ai.doxle.imageorigin.web.request.InvalidRequestException;

/**
 * Finishes the answer to a request whose target is no URI even behind
 * {@link RequestHeads}, {@code %zz} for example: Spring refuses it with a bare 400 before
 * any filter of ours could say more. If it is for an image, edge and method are checked
 * first, as ever.
 */
final class UnreadableTargets implements NettyServerCustomizer {

	private final ImageRequestReader reader;

	private final ImageAccess access;

	private final AnswerWriter writer;

	private final Problems problems;

	private final FailureAnswers failures;

	UnreadableTargets(ImageRequestReader reader, ImageAccess access, AnswerWriter writer, Problems problems) {
		this.reader = reader;
		this.access = access;
		this.writer = writer;
		this.problems = problems;
		this.failures = new FailureAnswers(problems);
	}

	@Override
	public HttpServer apply(HttpServer server) {
		return server.mapHandle((handled, connection) -> handled
			.then(Mono.defer(() -> finish((HttpServerRequest) connection, (HttpServerResponse) connection))));
	}

	/** The connection is request and response in one. */
	private Mono<Void> finish(HttpServerRequest request, HttpServerResponse response) {
		boolean bare = !response.hasSentHeaders() && HttpResponseStatus.BAD_REQUEST.equals(response.status());
		return bare ? write(answer(request), request, response) : Mono.empty();
	}

	private Answer answer(HttpServerRequest request) {
		String path = request.uri();
		HttpHeaders headers = new HttpHeaders(new Netty4HeadersAdapter(request.requestHeaders()));
		try {
			return this.reader.concerns(path) ? answer(HttpMethod.valueOf(request.method().name()), path, headers)
					: unreadable();
		}
		catch (AccessFailure | InvalidRequestException refusal) {
			return this.failures.answer(refusal);
		}
	}

	private Answer answer(HttpMethod method, String path, HttpHeaders headers) {
		this.access.requireEdge(headers);
		if (HttpMethod.OPTIONS.equals(method)) {
			return ImageAnswers.options();
		}
		this.reader.read(method, path, headers);
		return unreadable();
	}

	private Answer unreadable() {
		return this.problems.problem(HttpStatus.BAD_REQUEST, "Cannot read the path: it is no URI");
	}

	private Mono<Void> write(Answer answer, HttpServerRequest request, HttpServerResponse response) {
		response.status(answer.status().value());
		this.writer.headers(answer, request.requestHeaders().get(HttpHeaders.ORIGIN))
			.forEach((name, values) -> response.responseHeaders().set(name, values));
		Flux<DataBuffer> body = answer.body();
		return (body == null || HttpMethod.HEAD.name().equals(request.method().name())) ? response.send()
				: response.send(body.map(NettyDataBufferFactory::toByteBuf)).then();
	}

}
