package ai.doxle.imageorigin.admin.endpoint;

import java.time.Duration;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.web.server.MockServerWebExchange;
import org.springframework.web.reactive.function.server.RequestPredicates;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.test.StepVerifier;

import ai.doxle.imageorigin.admin.PurgeFailure;
import ai.doxle.imageorigin.admin.PurgeResult;

import static org.assertj.core.api.Assertions.assertThat;

class AdminProblemsTests {

	private static final Duration TIMEOUT = Duration.ofSeconds(20);

	private final MockServerWebExchange exchange = MockServerWebExchange.from(MockServerHttpRequest.delete("/"));

	@Test
	void saysThatOnlyThisInstanceForgot() {
		answer(new PurgeFailure.RegionUntold(new PurgeResult(3, null, List.of(), null, null),
				new IllegalStateException("redis at 10.0.0.1")));
		assertThat(this.exchange.getResponse().getStatusCode()).isEqualTo(HttpStatus.SERVICE_UNAVAILABLE);
		HttpHeaders headers = this.exchange.getResponse().getHeaders();
		assertThat(headers.getFirst(HttpHeaders.RETRY_AFTER)).isEqualTo("5");
		assertThat(headers.getCacheControl()).isEqualTo("no-store");
		assertThat(headers.getContentType()).isEqualTo(MediaType.APPLICATION_PROBLEM_JSON);
		assertThat(body()).contains("in this instance only", "\"memory\":3").doesNotContain("10.0.0.1", "\"redis\"");
	}

	@Test
	void saysWhatInstanceAndRegionForgot() {
		answer(new PurgeFailure.CdnUntold(new PurgeResult(3, 7L, List.of(), null, null),
				new IllegalStateException("throttled")));
		assertThat(this.exchange.getResponse().getStatusCode()).isEqualTo(HttpStatus.BAD_GATEWAY);
		assertThat(body()).contains("not at the CDN", "\"memory\":3", "\"redis\":7").doesNotContain("throttled");
	}

	@Test
	void namesTheInstancesThatHaveNotAcknowledged() {
		answer(new PurgeFailure.Unacknowledged(new PurgeResult(3, 7L, List.of("deaf-1", "deaf-2"), "I1", null)));
		assertThat(this.exchange.getResponse().getStatusCode()).isEqualTo(HttpStatus.BAD_GATEWAY);
		assertThat(body()).contains("\"memory\":3", "\"redis\":7", "\"cdn\":{\"invalidation\":\"I1\"}",
				"\"unacknowledged\":[\"deaf-1\",\"deaf-2\"]");
	}

	@Test
	void asksToWaitWhereTooManyAreWaiting() {
		answer(new InvalidAdminRequestException(HttpStatus.SERVICE_UNAVAILABLE, "Too many"));
		assertThat(this.exchange.getResponse().getStatusCode()).isEqualTo(HttpStatus.SERVICE_UNAVAILABLE);
		assertThat(this.exchange.getResponse().getHeaders().getFirst(HttpHeaders.RETRY_AFTER)).isEqualTo("5");
	}

	@Test
	void leavesOtherFailuresToOthers() {
		StepVerifier.create(AdminProblems.respond(new IllegalStateException("a bug")))
			.expectError(IllegalStateException.class)
			.verify(TIMEOUT);
	}

	private void answer(Throwable failure) {
		RouterFunction<ServerResponse> route = RouterFunctions.route(RequestPredicates.all(),
				(request) -> AdminProblems.respond(failure));
		StepVerifier.create(RouterFunctions.toWebHandler(route).handle(this.exchange)).expectComplete().verify(TIMEOUT);
	}

	private String body() {
		return this.exchange.getResponse().getBodyAsString().block(TIMEOUT);
	}

}
