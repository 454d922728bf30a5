package ai.doxle.imageorigin.web.shortcut;

import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.EncoderException;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import reactor.netty.NettyPipeline;

import ai.doxle.imageorigin.cache.LocalCache;
import ai.doxle.imageorigin.delivery.ImageDelivery;
import ai.doxle.imageorigin.harness.LocalS3;
import ai.doxle.imageorigin.harness.RunningOrigin;
import ai.doxle.imageorigin.harness.SampleImages;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSelection;
import ai.doxle.imageorigin.offheap.ImageMemory;
import ai.doxle.imageorigin.web.request.RequestGate;
import ai.doxle.imageorigin.web.response.ResponseHeaders;
import ai.doxle.imageorigin.web.server.Transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What the short cut looks at, and when.
 */
class HitHandlerIT {

	private static final String SECRET = "edge-secret-0123456789";

	private static final ImageKey KEY = new ImageKey("a.png");

	private static final String PATH = "/proxy-image/a.png";

	private static LocalS3 s3;

	private static RunningOrigin origin;

	@BeforeAll
	static void start() {
		s3 = LocalS3.start("images");
		s3.put("a.png", "image/png", SampleImages.noise(300, 1));
		Properties settings = new Properties();
		settings.putAll(Map.of("image-origin.access.mode", "open", "image-origin.access.edge-secrets", SECRET));
		origin = RunningOrigin.start(s3.originProperties(0), settings);
	}

	@AfterAll
	static void stop() {
		origin.close();
		s3.close();
	}

	@Test
	void readsNothingOfARequestThatDoesNotComeFromTheEdge() {
		assertThat(namesReadWith(SECRET)).contains("range");
		assertThat(namesReadWith("another-secret-0123456789")).doesNotContain("range");
	}

	private static List<String> namesReadWith(String secret) {
		WatchedHeaders headers = new WatchedHeaders();
		EmbeddedChannel connection = new EmbeddedChannel(handler());
		connection.writeInbound(request(headers.add("range", "bytes=0-9"), secret));
		connection.finishAndReleaseAll();
		return headers.read;
	}

	@Test
	void sendsNothingOfAFileBehindAHeadThatCannotBeSent() throws Exception {
		load();
		BrokenCodec codec = new BrokenCodec();
		EmbeddedChannel connection = new EmbeddedChannel();
		connection.pipeline().addLast(NettyPipeline.HttpCodec, codec).addLast(handler());
		connection.writeInbound(request(new DefaultHttpHeaders(), SECRET), LastHttpContent.EMPTY_LAST_CONTENT);
		assertThat(codec.refused).isOne();
		assertThat(connection.<Object>readOutbound()).isNull();
		assertThat(connection.isOpen()).isFalse();
		origin.bean(LocalCache.class).forget(new ImageSelection.OneImage(KEY));
		assertThat(origin.bean(ImageMemory.class).used()).isZero();
	}

	private static void load() throws IOException, InterruptedException {
		assertThat(origin.get(origin.image("a.png"), "X-Origin-Verify", SECRET).statusCode()).isEqualTo(200);
		await().until(() -> origin.bean(ImageDelivery.class).memoryHit(KEY) != null);
	}

	private static HttpRequest request(HttpHeaders headers, String secret) {
		headers.add("host", "x").add("x-origin-verify", secret);
		return new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, PATH, headers);
	}

	private static HitHandler handler() {
		HitResponses responses = new HitResponses(origin.bean(ResponseHeaders.class), Clock.systemUTC(), () -> true,
				Http1Headers::of);
		HitRequests requests = new HitRequests(origin.bean(RequestGate.class), origin.bean(ImageDelivery.class),
				responses);
		return new HitHandler(requests, origin.bean(HitDrain.class), null, Transport.HTTP_1);
	}

	/** Fails to write every head. */
	private static final class BrokenCodec extends ChannelOutboundHandlerAdapter {

		private int refused;

		@Override
		@SuppressWarnings("FutureReturnValueIgnored") // it is the promise
		public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
			if (message instanceof HttpResponse) {
				this.refused++;
				ReferenceCountUtil.release(message);
				promise.setFailure(new EncoderException("no head today"));
			}
			else {
				context.write(message, promise);
			}
		}

	}

	/** Headers that keep the names that are asked for. */
	private static final class WatchedHeaders extends DefaultHttpHeaders {

		private final List<String> read = new ArrayList<>();

		@Override
		public String get(CharSequence name) {
			this.read.add(name.toString().toLowerCase(Locale.ROOT));
			return super.get(name);
		}

		@Override
		public List<String> getAll(CharSequence name) {
			this.read.add(name.toString().toLowerCase(Locale.ROOT));
			return super.getAll(name);
		}

	}

}
