package ai.doxle.imageorigin.web.server;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2WindowUpdateFrame;
import io.netty.handler.codec.http2.Http2ChannelDuplexHandler;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2FrameStream;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.util.ReferenceCountUtil;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Two ends of an HTTP/2 connection, between which bytes go when the test says so.
 */
class StreamSendTimeoutTests {

	private static final int ANSWER = 100_000;

	private static final Duration TIMEOUT = Duration.ofSeconds(60);

	private final Client client = new Client();

	private final EmbeddedChannel near = new EmbeddedChannel(Http2FrameCodecBuilder.forServer().build(), new Answers());

	private EmbeddedChannel far;

	@BeforeEach
	void watch() {
		StreamSendTimeout.watch(this.near, TIMEOUT);
		StreamSendTimeout.watch(this.near, TIMEOUT);
	}

	@AfterEach
	void close() {
		this.near.finishAndReleaseAll();
		this.far.finishAndReleaseAll();
	}

	@Test
	void resetsAStreamWhoseWindowStaysShut() {
		connect(1000);
		int stream = this.client.ask();
		pass(TIMEOUT);
		assertThat(this.client.reset).isEmpty();
		pass(TIMEOUT.dividedBy(3));
		assertThat(this.client.reset).containsExactly(stream);
		assertThat(this.client.received).containsEntry(stream, 1000);
	}

	@Test
	void servesAStreamWhoseWindowIsOpenedNowAndThen() {
		connect(10_000);
		int stream = this.client.ask();
		for (int i = 0; i < 10; i++) {
			pass(TIMEOUT.dividedBy(2));
			this.client.take(stream, 10_000);
		}
		assertThat(this.client.reset).isEmpty();
		assertThat(this.client.received).containsEntry(stream, ANSWER);
	}

	@Test
	void resetsOneStreamWhileOthersMove() {
		connect(10_000);
		int idle = this.client.ask();
		int reading = this.client.ask();
		for (int i = 0; i < 5; i++) {
			pass(TIMEOUT.dividedBy(2));
			this.client.take(reading, 10_000);
		}
		assertThat(this.client.reset).containsExactly(idle);
	}

	/** The window of the connection is 65,535 bytes. */
	@Test
	void resetsStreamsWhoseConnectionStaysShut() {
		connect(60_000);
		int first = this.client.ask();
		int second = this.client.ask();
		pass(TIMEOUT.multipliedBy(2));
		assertThat(this.client.reset).containsExactlyInAnyOrder(first, second);
	}

	@Test
	void servesStreamsBehindOneThatTakesTheConnection() {
		connect(60_000);
		int first = this.client.ask();
		int second = this.client.ask();
		while (this.client.received(first) + this.client.received(second) < 2 * ANSWER) {
			pass(TIMEOUT.dividedBy(2));
			this.client.takeAll();
		}
		assertThat(this.client.reset).isEmpty();
	}

	/** The socket takes nothing, which is for {@link SendTimeout} to see. */
	@Test
	void leavesAStreamWhoseWindowIsOpen() {
		connect(50_000);
		this.near.unsafe().outboundBuffer().setUserDefinedWritability(1, false);
		this.client.ask();
		pass(TIMEOUT.multipliedBy(5));
		assertThat(this.client.reset).isEmpty();
		assertThat(this.client.received).isEmpty();
	}

	@Test
	void endsItsLooksWithTheConnection() {
		connect(1000);
		this.near.close().syncUninterruptibly();
		assertThat(this.near.runScheduledPendingTasks()).isEqualTo(-1);
	}

	private void connect(int window) {
		this.far = new EmbeddedChannel(Http2FrameCodecBuilder.forClient()
			.initialSettings(Http2Settings.defaultSettings().initialWindowSize(window))
			.build(), this.client);
		exchange();
	}

	/** Lets time go by, in steps that are shorter than those between looks. */
	private void pass(Duration time) {
		for (Duration passed = Duration.ZERO; passed.compareTo(time) < 0; passed = passed.plusSeconds(5)) {
			exchange();
			this.near.advanceTimeBy(5, TimeUnit.SECONDS);
			this.near.runScheduledPendingTasks();
		}
		exchange();
	}

	private void exchange() {
		while (carry(this.far, this.near) || carry(this.near, this.far)) {
			// on
		}
	}

	private static boolean carry(EmbeddedChannel from, EmbeddedChannel to) {
		Object bytes = from.readOutbound();
		if (bytes != null) {
			to.writeInbound(bytes);
		}
		return bytes != null;
	}

	/** Answers each request with the same number of bytes. */
	private static final class Answers extends ChannelInboundHandlerAdapter {

		@Override
		@SuppressWarnings("FutureReturnValueIgnored") // the tests see what comes of it
		public void channelRead(ChannelHandlerContext context, Object message) {
			if (message instanceof Http2HeadersFrame request) {
				context.write(
						new DefaultHttp2HeadersFrame(new DefaultHttp2Headers().status("200")).stream(request.stream()));
				context.writeAndFlush(new DefaultHttp2DataFrame(Unpooled.wrappedBuffer(new byte[ANSWER]), true)
					.stream(request.stream()));
			}
			ReferenceCountUtil.release(message);
		}

	}

	/** Takes what it is told to. */
	private final class Client extends Http2ChannelDuplexHandler {

		private final Map<Integer, Http2FrameStream> streams = new HashMap<>();

		private final Map<Integer, Integer> received = new HashMap<>();

		private final Map<Integer, Integer> untaken = new HashMap<>();

		private final List<Integer> reset = new ArrayList<>();

		@Override
		public void channelRead(ChannelHandlerContext context, Object message) {
			if (message instanceof Http2DataFrame data) {
				this.received.merge(data.stream().id(), data.content().readableBytes(), Integer::sum);
				this.untaken.merge(data.stream().id(), data.content().readableBytes(), Integer::sum);
			}
			if (message instanceof Http2ResetFrame end) {
				this.reset.add(end.stream().id());
			}
			ReferenceCountUtil.release(message);
		}

		private int ask() {
			Http2FrameStream stream = newStream();
			StreamSendTimeoutTests.this.far.writeOutbound(
					new DefaultHttp2HeadersFrame(new DefaultHttp2Headers().method("GET").path("/").scheme("http"), true)
						.stream(stream));
			this.streams.put(stream.id(), stream);
			exchange();
			return stream.id();
		}

		private int received(int stream) {
			return this.received.getOrDefault(stream, 0);
		}

		private void takeAll() {
			this.streams.keySet().forEach((stream) -> take(stream, this.untaken.getOrDefault(stream, 0)));
		}

		private void take(int stream, int bytes) {
			if (bytes > 0) {
				this.untaken.merge(stream, -bytes, Integer::sum);
				StreamSendTimeoutTests.this.far
					.writeOutbound(new DefaultHttp2WindowUpdateFrame(bytes).stream(this.streams.get(stream)));
				exchange();
			}
		}

	}

}
