package ai.doxle.imageorigin.web;

import ai.doxle.imageorigin.web.request.ImageRequestReader;

import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

import ai.doxle.imageorigin.OriginApplication;
import ai.doxle.imageorigin.access.ImageAccess;
import ai.doxle.imageorigin.delivery.ImageDelivery;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the short cut looks at, and when.
 */
class HitHandlerIT {

	private static final String SECRET = "edge-secret-0123456789";

	private static ConfigurableApplicationContext origin;

	@BeforeAll
	static void start() {
		origin = SpringApplication.run(OriginApplication.class, "--server.port=0", "--management.server.port=0",
				"--image-origin.store.buckets[0].name=images", "--image-origin.store.buckets[0].region=us-east-1",
				"--image-origin.access.mode=open", "--image-origin.access.edge-secrets=" + SECRET);
	}

	@AfterAll
	static void stop() {
		origin.close();
	}

	@Test
	void readsNothingOfARequestThatDoesNotComeFromTheEdge() {
		assertThat(namesReadWith(SECRET)).contains("range");
		assertThat(namesReadWith("another-secret-0123456789")).doesNotContain("range");
	}

	private static List<String> namesReadWith(String secret) {
		WatchedHeaders headers = new WatchedHeaders();
		headers.add("host", "x").add("range", "bytes=0-9").add("x-origin-verify", secret);
		HttpRequest request = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/proxy-image/a.png",
				headers);
		EmbeddedChannel connection = new EmbeddedChannel(handler());
		connection.writeInbound(request);
		connection.finishAndReleaseAll();
		return headers.read;
	}

	private static HitHandler handler() {
		AnswerWriter writer = origin.getBean(AnswerWriter.class);
		return new HitHandler(new ImageRequestReader("/proxy-image"), origin.getBean(ImageAccess.class),
				origin.getBean(ImageDelivery.class), new HitAnswers(writer, Clock.systemUTC()),
				origin.getBean(HitDrain.class), null, false);
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
