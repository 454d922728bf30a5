package ai.doxle.imageorigin.web.server;

import java.time.Duration;

import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import org.springframework.boot.reactor.netty.NettyServerCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.client.ReactorResourceFactory;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.LoopResources;

/**
 * Configures Reactor Netty's servers: what they run on, their buffers and time limits.
 */
@Configuration(proxyBeanMethods = false)
class ServerConfiguration {

	private static final WriteBufferWaterMark WRITE_BUFFER = new WriteBufferWaterMark(8 * 1024, 16 * 1024);

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
	NettyServerCustomizer requestTimeouts(ServerProperties properties) {
		return (server) -> RequestTimeout.applyTo(server, properties.requestTimeout());
	}

	@Bean
	NettyServerCustomizer brokenFrames() {
		return BrokenFrames::applyTo;
	}

	@Bean
	NettyServerCustomizer exchanges(ServerProperties properties) {
		return (server) -> HttpPipelines.prepare(server, (channel) -> {
			if (Transport.of(channel) != Transport.HTTP_2_STREAM) {
				HttpPipelines.add(channel, new Exchanges(properties.requestTimeout()));
			}
		});
	}

	@Bean
	NettyServerCustomizer sendTimeouts(ServerProperties properties) {
		Duration timeout = properties.sendTimeout();
		return (server) -> HttpPipelines.prepare(withSendTimeout(server, timeout),
				(channel) -> watchStreams(channel, timeout));
	}

	private static HttpServer withSendTimeout(HttpServer server, Duration timeout) {
		return server.doOnChannelInit((observer, channel, address) -> channel.pipeline()
			.addFirst(new SendTimeout(timeout), new Http2Resets()));
	}

	private static void watchStreams(Channel channel, Duration timeout) {
		if (Transport.of(channel) == Transport.HTTP_2_STREAM) {
			StreamSendTimeout.watch(channel.parent(), timeout);
		}
	}

}
