package ai.doxle.imageorigin.cache.redis.link;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.ClientOptions.DisconnectedBehavior;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.SocketOptions.KeepAliveOptions;
import io.lettuce.core.SocketOptions.TcpUserTimeoutOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.metrics.CommandLatencyRecorder;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.Delay;
import io.lettuce.core.resource.EpollProvider;
import io.netty.handler.ssl.OpenSsl;
import org.springframework.boot.data.redis.autoconfigure.ClientResourcesBuilderCustomizer;
import org.springframework.boot.data.redis.autoconfigure.DataRedisProperties;
import org.springframework.boot.data.redis.autoconfigure.LettuceClientConfigurationBuilderCustomizer;
import org.springframework.boot.data.redis.autoconfigure.LettuceClientOptionsBuilderCustomizer;
import org.springframework.data.redis.connection.lettuce.LettuceClientConfiguration.LettuceClientConfigurationBuilder;

/**
 * Shortens the timeouts of the Redis client and bounds its queue: by default it waits a
 * minute for a reply and queues any number of commands while it is disconnected.
 */
public final class RedisClientOptions implements LettuceClientConfigurationBuilderCustomizer,
		LettuceClientOptionsBuilderCustomizer, ClientResourcesBuilderCustomizer {

	private static final Duration CONNECT_TIMEOUT = Duration.ofMillis(500);

	/** How long sent bytes may stay unacknowledged. */
	private static final Duration UNACKNOWLEDGED = Duration.ofSeconds(5);

	private static final Duration LONGEST_RECONNECT_DELAY = Duration.ofSeconds(1);

	private static final Duration TOPOLOGY_PERIOD = Duration.ofSeconds(30);

	/** How many commands may wait for replies, each of a few bytes or one chunk. */
	private static final int QUEUE = 4096;

	private final Duration commandTimeout;

	private final DataRedisProperties redis;

	public RedisClientOptions(Duration commandTimeout, DataRedisProperties redis) {
		this.commandTimeout = commandTimeout;
		this.redis = redis;
	}

	/** This timeout applies to the handshake of a new connection only. */
	@Override
	public void customize(LettuceClientConfigurationBuilder configuration) {
		configuration.commandTimeout(connectTimeout());
	}

	@Override
	public void customize(ClientOptions.Builder options) {
		options.disconnectedBehavior(DisconnectedBehavior.REJECT_COMMANDS)
			.requestQueueSize(QUEUE)
			// longer than our own timeout: if both fired, Reactor would drop one of the
			// errors, and log it
			.timeoutOptions(TimeoutOptions.enabled(this.commandTimeout.multipliedBy(2)))
			.socketOptions(socket());
		if (OpenSsl.isAvailable()) {
			// keeps what Spring Boot has taken from spring.data.redis.ssl
			options.sslOptions(options.build().getSslOptions().mutate().openSslProvider().build());
		}
		if (options instanceof ClusterClientOptions.Builder cluster) {
			cluster.topologyRefreshOptions(topology());
		}
	}

	private SocketOptions socket() {
		KeepAliveOptions keepAlive = KeepAliveOptions.builder()
			.enable()
			.idle(UNACKNOWLEDGED)
			.interval(UNACKNOWLEDGED)
			.count(3)
			.build();
		// Linux only
		TcpUserTimeoutOptions userTimeout = TcpUserTimeoutOptions.builder()
			.tcpUserTimeout(UNACKNOWLEDGED)
			.enable(EpollProvider.isAvailable())
			.build();
		return SocketOptions.builder()
			.connectTimeout(connectTimeout())
			.keepAlive(keepAlive)
			.tcpUserTimeout(userTimeout)
			.build();
	}

	private Duration connectTimeout() {
		Duration connectTimeout = this.redis.getConnectTimeout();
		return (connectTimeout != null) ? connectTimeout : CONNECT_TIMEOUT;
	}

	private ClusterTopologyRefreshOptions topology() {
		DataRedisProperties.Lettuce.Cluster.Refresh refresh = this.redis.getLettuce().getCluster().getRefresh();
		Duration period = refresh.getPeriod();
		return ClusterTopologyRefreshOptions.builder()
			.dynamicRefreshSources(refresh.isDynamicRefreshSources())
			.enablePeriodicRefresh((period != null) ? period : TOPOLOGY_PERIOD)
			.adaptiveRefreshTriggersTimeout(LONGEST_RECONNECT_DELAY)
			.build();
	}

	@Override
	public void customize(ClientResources.Builder resources) {
		resources.reconnectDelay(
				Delay.exponential(Duration.ofMillis(20), LONGEST_RECONNECT_DELAY, 2, TimeUnit.MILLISECONDS));
		resources.commandLatencyRecorder(CommandLatencyRecorder.disabled());
	}

}
