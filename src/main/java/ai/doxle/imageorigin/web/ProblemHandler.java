package ai.doxle.imageorigin.web;

import org.springframework.core.Ordered;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebExceptionHandler;
import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.web.response.ResponseWriter;

/**
 * Responds to whatever goes wrong outside the image path, an unknown path above all, as
 * images do: with a problem.
 */
final class ProblemHandler implements WebExceptionHandler, Ordered {

	/** Ahead of Boot's own handler, which is at -1. */
	private static final int BEFORE_BOOT = -2;

	private final ResponseWriter writer;

	ProblemHandler(ResponseWriter writer) {
		this.writer = writer;
	}

	@Override
	public int getOrder() {
		return BEFORE_BOOT;
	}

	@Override
	public Mono<Void> handle(ServerWebExchange exchange, Throwable failure) {
		return this.writer.rescue(exchange, failure);
	}

}
