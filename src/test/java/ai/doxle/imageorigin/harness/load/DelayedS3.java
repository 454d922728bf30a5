package ai.doxle.imageorigin.harness.load;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.concurrent.GlobalEventExecutor;

/**
 * Speaks just enough of S3 to serve a {@link GeneratedImage} under every key but those
 * with {@code absent}: its heads come after a delay, as they do over a network, and its
 * bodies in pieces with a pause after each.
 */
public final class DelayedS3 implements AutoCloseable {

	/** The bucket, whatever name is asked for. */
	private static final String BUCKET = "images";

	private final EventLoopGroup eventLoops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());

	private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);

	private final Map<String, LongAdder> gets = new ConcurrentHashMap<>();

	private final AtomicInteger bodies = new AtomicInteger();

	private final Channel server;

	private volatile Duration delay = Duration.ofMillis(20);

	private volatile Duration pause = Duration.ZERO;

	public DelayedS3() {
		this.server = new ServerBootstrap().group(this.eventLoops)
			.channel(NioServerSocketChannel.class)
			.option(ChannelOption.SO_BACKLOG, 1024)
			.childOption(ChannelOption.TCP_NODELAY, true)
			.childHandler(new ChannelInitializer<Channel>() {
				@Override
				protected void initChannel(Channel channel) {
					DelayedS3.this.connections.add(channel);
					channel.pipeline().addLast(new HttpServerCodec(), new DelayedS3Handler(DelayedS3.this));
				}
			})
			.bind(InetAddress.getLoopbackAddress(), 0)
			.syncUninterruptibly()
			.channel();
	}

	/** How long a head takes from now on (20 ms). */
	public DelayedS3 delay(Duration delay) {
		this.delay = delay;
		return this;
	}

	/** How long it pauses after each piece of a body, from now on (not at all). */
	public DelayedS3 pause(Duration pause) {
		this.pause = pause;
		return this;
	}

	/** How many GET requests came for a key. */
	public long gets(String key) {
		LongAdder count = this.gets.get(key);
		return (count != null) ? count.sum() : 0;
	}

	/** How many GET requests came. */
	public long gets() {
		return this.gets.values().stream().mapToLong(LongAdder::sum).sum();
	}

	/** How many bodies are being sent. */
	public int bodiesUnderWay() {
		return this.bodies.get();
	}

	/** How many connections are open. */
	public int openConnections() {
		return this.connections.size();
	}

	public int port() {
		return ((InetSocketAddress) this.server.localAddress()).getPort();
	}

	/** The properties that have the origin read from here. */
	public Properties originProperties() {
		Properties properties = new Properties();
		String prefix = "image-origin.store.buckets[0].";
		properties.setProperty(prefix + "name", BUCKET);
		properties.setProperty(prefix + "region", "us-east-1");
		properties.setProperty(prefix + "endpoint", "http://127.0.0.1:" + port());
		properties.setProperty(prefix + "path-style", "true");
		return properties;
	}

	@Override
	public void close() {
		this.server.close().syncUninterruptibly();
		this.connections.close().awaitUninterruptibly();
		this.eventLoops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
	}

	Duration delay() {
		return this.delay;
	}

	Duration pause() {
		return this.pause;
	}

	void countGet(String key) {
		this.gets.computeIfAbsent(key, (_) -> new LongAdder()).increment();
	}

	void bodyBegins() {
		this.bodies.incrementAndGet();
	}

	void bodyEnds() {
		this.bodies.decrementAndGet();
	}

}
