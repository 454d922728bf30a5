package ai.doxle.imageorigin.web;

import java.time.Clock;

import org.springframework.boot.webflux.autoconfigure.WebHttpHandlerBuilderCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.web.server.WebFilter;
import tools.jackson.databind.json.JsonMapper;

import ai.doxle.imageorigin.access.ImageAccess;
import ai.doxle.imageorigin.delivery.ImageDelivery;
import ai.doxle.imageorigin.web.head.DecoderFailureResponses;
import ai.doxle.imageorigin.web.head.RequestHeads;
import ai.doxle.imageorigin.web.request.ImageRequestReader;
import ai.doxle.imageorigin.web.request.RequestGate;
import ai.doxle.imageorigin.web.request.RequestTargets;
import ai.doxle.imageorigin.web.response.CorsHeaders;
import ai.doxle.imageorigin.web.response.FailureResponses;
import ai.doxle.imageorigin.web.response.Problems;
import ai.doxle.imageorigin.web.response.ResponseHeaders;
import ai.doxle.imageorigin.web.response.ResponseWriter;

/**
 * Configures how images are served over HTTP.
 */
@Configuration(proxyBeanMethods = false)
class WebConfiguration {

	@Bean
	Problems problems(JsonMapper json, ImageDelivery delivery) {
		return new Problems(json, delivery.negativeTtl());
	}

	@Bean
	ResponseHeaders responseHeaders(WebProperties properties) {
		return new ResponseHeaders(new CorsHeaders(properties.cors().allowedOrigins()), Clock.systemUTC());
	}

	@Bean
	ResponseWriter responseWriter(ResponseHeaders headers, Problems problems) {
		return new ResponseWriter(headers, new FailureResponses(problems));
	}

	@Bean
	RequestGate requestGate(WebProperties properties, ImageAccess access) {
		return new RequestGate(new ImageRequestReader(properties.path()), access);
	}

	/** Next to the codec, before all other handlers. */
	@Bean
	@Order(Ordered.HIGHEST_PRECEDENCE)
	RequestHeads requestHeads(WebProperties properties, DecoderFailureResponses refusals) {
		return new RequestHeads(new RequestTargets(properties.path()), refusals);
	}

	@Bean
	ImageHandler imageHandler(WebProperties properties, RequestGate gate, ImageDelivery delivery, Problems problems,
			ResponseWriter writer) {
		return new ImageHandler(gate, new ImageResponder(delivery, problems, Clock.systemUTC()), writer,
				properties.responseTimeout());
	}

	@Bean
	ProblemHandler problemHandler(ResponseWriter writer) {
		return new ProblemHandler(writer);
	}

	@Bean
	InvalidUriResponses invalidUriResponses(RequestGate gate, ResponseHeaders headers, Problems problems) {
		return new InvalidUriResponses(gate, headers, problems);
	}

	@Bean
	DecoderFailureResponses decoderFailureResponses(ResponseHeaders headers, Problems problems) {
		return new DecoderFailureResponses(headers, problems);
	}

	/**
	 * Images are served ahead of Spring's dispatcher, whose CORS handling would refuse
	 * preflight requests, and on the public port only.
	 */
	@Bean
	WebHttpHandlerBuilderCustomizer imagesFirst(ImageHandler images) {
		WebFilter filter = (exchange, chain) -> images.concerns(exchange) ? images.handle(exchange)
				: chain.filter(exchange);
		return (builder) -> builder.filters((filters) -> filters.addFirst(filter));
	}

}
