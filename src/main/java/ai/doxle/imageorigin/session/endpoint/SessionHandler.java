package ai.doxle.imageorigin.session.endpoint;

import java.time.Duration;
import java.util.regex.Pattern;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebHandler;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

import ai.doxle.imageorigin.access.AccessFailure;
import ai.doxle.imageorigin.access.ImageAccess;
import ai.doxle.imageorigin.access.SessionAccess;
import ai.doxle.imageorigin.access.TokenGrant;
import ai.doxle.imageorigin.access.viewer.ViewerAddress;
import ai.doxle.imageorigin.session.TooManyProjectsException;
import ai.doxle.imageorigin.session.ViewerSession;
import ai.doxle.imageorigin.session.ViewerSessions;
import ai.doxle.imageorigin.web.request.InvalidRequestException;
import ai.doxle.imageorigin.web.response.ImageResponse;
import ai.doxle.imageorigin.web.response.ImageResponses;
import ai.doxle.imageorigin.web.response.ResponseWriter;

/**
 * Trades a token for a session's cookies, and ends sessions. Checks are made in the order
 * of the contract: edge, method, existence, parameters, token, right to the projects.
 */
final class SessionHandler implements WebHandler {

	/** What a host may have that becomes part of a policy: no wildcard above all. */
	private static final Pattern BASE = Pattern.compile("https?://([a-z0-9._-]+|\\[[0-9a-f:.]+])(:\\d+)?");

	private final String path;

	private final Guards guards;

	private final ViewerSessions sessions;

	private final ViewerAddress address;

	private final SessionResponses responses;

	private final ResponseWriter writer;

	private final Scheduler scheduler;

	private final Duration timeout;

	/**
	 * @param path the path of the endpoint
	 * @param scheduler where policies are signed; a bounded one, which refuses what it
	 * cannot queue
	 * @param timeout how long a response may take
	 */
	SessionHandler(String path, Guards guards, ViewerSessions sessions, ViewerAddress address,
			SessionResponses responses, ResponseWriter writer, Scheduler scheduler, Duration timeout) {
		this.path = path;
		this.guards = guards;
		this.sessions = sessions;
		this.address = address;
		this.responses = responses;
		this.writer = writer;
		this.scheduler = scheduler;
		this.timeout = timeout;
	}

	/** Whether a request is for this endpoint. */
	boolean concerns(ServerWebExchange exchange) {
		return this.path.equals(exchange.getRequest().getURI().getRawPath());
	}

	@Override
	public Mono<Void> handle(ServerWebExchange exchange) {
		return Mono.defer(() -> respond(exchange.getRequest()))
			.timeout(this.timeout)
			.flatMap((response) -> this.writer.write(exchange, response))
			.onErrorResume((failure) -> this.writer.rescue(exchange, failure));
	}

	private Mono<ImageResponse> respond(ServerHttpRequest request) {
		this.guards.images().requireEdge(request.getHeaders());
		boolean reads = HttpMethod.GET.equals(request.getMethod());
		if (!reads && !HttpMethod.OPTIONS.equals(request.getMethod())) {
			return Mono.just(this.responses.methodNotAllowed());
		}
		if (!this.sessions.arePossible() || !this.guards.sessions().isPossible()) {
			return Mono.just(this.responses.absent());
		}
		return reads ? read(request) : Mono.just(ImageResponses.options(SessionResponses.METHODS));
	}

	private Mono<ImageResponse> read(ServerHttpRequest request) {
		SessionQuery query = SessionQuery.read(request.getURI().getRawQuery());
		if (query.end()) {
			return Mono.just(this.responses.ended(this.sessions.end(query.projects())));
		}
		String base = base(request);
		return this.guards.sessions()
			.grant(request.getHeaders())
			.publishOn(this.scheduler)
			.map((grant) -> this.responses.begun(begin(grant, query, base)));
	}

	private ViewerSession begin(TokenGrant grant, SessionQuery query, String base) {
		try {
			return this.sessions.begin(grant, query.projects(), base);
		}
		catch (TooManyProjectsException ex) {
			throw new InvalidRequestException(HttpStatus.BAD_REQUEST, String.valueOf(ex.getMessage()));
		}
	}

	private String base(ServerHttpRequest request) {
		HttpHeaders headers = request.getHeaders();
		String base = this.address.base(headers, "https".equals(request.getURI().getScheme()));
		if (base == null || !BASE.matcher(base).matches()) {
			throw new InvalidRequestException(HttpStatus.BAD_REQUEST,
					"The request's host cannot be part of a policy; see image-origin.session.resource-base");
		}
		return base;
	}

	/**
	 * Who decides about access. Both fail with {@link AccessFailure}.
	 *
	 * @param images knows the edge
	 * @param sessions knows the tokens
	 */
	record Guards(ImageAccess images, SessionAccess sessions) {

	}

}
