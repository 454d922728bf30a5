package ai.doxle.imageorigin.web;

import java.time.Clock;
import java.time.Duration;

import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.reactor.netty.NettyServerCustomizer;
import org.springframework.boot.webflux.autoconfigure.WebHttpHandlerBuilderCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.client.ReactorResourceFactory;
import org.springframework.web.server.WebFilter;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.LoopResources;
import tools.jackson.databind.json.JsonMapper;

import ai.doxle.imageorigin.access.ImageAccess;
import ai.doxle.imageorigin.delivery.ImageDelivery;
import ai.doxle.imageorigin.web.body.SendTimeout;
import ai.doxle.imageorigin.web.body.StreamSendTimeout;
import ai.doxle.imageorigin.web.request.ImageRequestReader;
import ai.doxle.imageorigin.web.request.RequestTargets;

/**
 * Furnishes the web room.
 */
@Configuration(proxyBeanMethods = false)
class WebConfiguration {

	private static final WriteBufferWaterMark WRITE_BUFFER = new WriteBufferWaterMark(8 * 1024, 16 * 1024);

	@Bean
	Problems problems(JsonMapper json, ImageDelivery delivery) {
		return new Problems(json, delivery.negativeTtl());
	}

	@Bean
	AnswerWriter answerWriter(Problems problems, WebProperties properties) {
		return new AnswerWriter(new CorsHeaders(properties.cors().allowedOrigins()), new FailureAnswers(problems),
				Clock.systemUTC());
	}

	/** Next to the codec, before all other handlers. */
	@Bean
	@Order(Ordered.HIGHEST_PRECEDENCE)
	RequestHeads requestHeads(WebProperties properties, UndecodableRequests refusals) {
		return new RequestHeads(new RequestTargets(properties.path()), refusals);
	}

	@Bean
	@ConditionalOnBooleanProperty(name = "image-origin.short-cut", matchIfMissing = true)
	HitDrain hitDrain(LoopResources eventLoops) {
		return new HitDrain(eventLoops);
	}

	/** Before whatever looks at requests that are no hits. */
	@Bean
	@Order(0)
	@ConditionalOnBooleanProperty(name = "image-origin.short-cut", matchIfMissing = true)
	HitServer hitServer(WebProperties properties, ImageAccess access, ImageDelivery delivery, AnswerWriter writer,
			HitDrain drain, @Value("${server.netty.idle-timeout:#{null}}") @Nullable Duration idleTimeout) {
		ImageRequestReader reader = new ImageRequestReader(properties.path());
		HitAnswers lines = new HitAnswers(writer, Clock.systemUTC(), delivery::isReceivingPurges, HeaderBlock::of);
		HitAnswers fields = new HitAnswers(writer, Clock.systemUTC(), delivery::isReceivingPurges, HeaderFields::of);
		return new HitServer((wire) -> new HitHandler(reader, access, delivery, (wire == Wire.STREAM) ? fields : lines,
				drain, idleTimeout, wire));
	}

	@Bean
	ImageHandler imageHandler(WebProperties properties, ImageAccess access, ImageDelivery delivery, Problems problems,
			AnswerWriter writer) {
		return new ImageHandler(new ImageRequestReader(properties.path()), access,
				new Settlement(delivery, problems, Clock.systemUTC()), writer, properties.answerTimeout());
	}

	@Bean
	ProblemHandler problemHandler(AnswerWriter writer) {
		return new ProblemHandler(writer);
	}

	@Bean
	UnreadableTargets unreadableTargets(WebProperties properties, ImageAccess access, AnswerWriter writer,
			Problems problems) {
		return new UnreadableTargets(new ImageRequestReader(properties.path()), access, writer, problems);
	}

	@Bean
	UndecodableRequests undecodableRequests(AnswerWriter writer, Problems problems) {
		return new UndecodableRequests(writer, problems);
	}

	/**
	 * One event loop for each processor: Reactor Netty would have four at least, which
	 * would take turns on a small machine.
	 */
	@Bean(destroyMethod = "dispose")
	LoopResources eventLoops() {
		return new EventLoops(Runtime.getRuntime().availableProcessors());
	}

	/** Boot runs its servers on these, whatever a customizer says. */
	@Bean
	ReactorResourceFactory serverResources(LoopResources eventLoops) {
		ReactorResourceFactory resources = new ReactorResourceFactory();
		resources.setUseGlobalResources(false);
		resources.setLoopResources(eventLoops);
		return resources;
	}

	/**
	 * A slow reader's connection holds no more than the water mark and one piece. For the
	 * small buffers of heads, Netty's pool takes less time than its adaptive default.
	 */
	@Bean
	NettyServerCustomizer buffers() {
		return (server) -> server.childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WRITE_BUFFER)
			.childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT);
	}

	/** Next to the codec, before all other handlers. */
	@Bean
	@Order(Ordered.HIGHEST_PRECEDENCE)
	NettyServerCustomizer requestTimeouts(WebProperties properties) {
		return (server) -> RequestTimeout.applyTo(server, properties.requestTimeout());
	}

	@Bean
	NettyServerCustomizer brokenFrames() {
		return BrokenFrames::applyTo;
	}

	@Bean
	NettyServerCustomizer exchanges(WebProperties properties) {
		return (server) -> HttpPipelines.prepare(server, (channel) -> {
			if (Wire.of(channel) != Wire.STREAM) {
				HttpPipelines.add(channel, new Exchanges(properties.requestTimeout()));
			}
		});
	}

	@Bean
	NettyServerCustomizer sendTimeouts(WebProperties properties) {
		Duration timeout = properties.sendTimeout();
		return (server) -> HttpPipelines.prepare(withSendTimeout(server, timeout),
				(channel) -> watchStreams(channel, timeout));
	}

	private static HttpServer withSendTimeout(HttpServer server, Duration timeout) {
		return server.doOnChannelInit((observer, channel, address) -> channel.pipeline()
			.addFirst(new SendTimeout(timeout), new Http2Resets()));
	}

	private static void watchStreams(Channel channel, Duration timeout) {
		if (Wire.of(channel) == Wire.STREAM) {
			StreamSendTimeout.watch(channel.parent(), timeout);
		}
	}

	/**
	 * Images are answered ahead of Spring's dispatcher, whose CORS handling would refuse
	 * preflight requests, and on the public port only.
	 */
	@Bean
	WebHttpHandlerBuilderCustomizer imagesFirst(ImageHandler images) {
		WebFilter filter = (exchange, chain) -> images.concerns(exchange) ? images.handle(exchange)
				: chain.filter(exchange);
		return (builder) -> builder.filters((filters) -> filters.addFirst(filter));
	}

}
