package ai.doxle.imageorigin.web.response;

import java.time.Instant;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;

import ai.doxle.imageorigin.delivery.DeliveredImage;
import ai.doxle.imageorigin.image.ByteSpan;
import ai.doxle.imageorigin.image.ETag;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;

import static org.assertj.core.api.Assertions.assertThat;

class ImageResponsesTests {

	private static final ImageKey KEY = new ImageKey("a");

	private static final String POLICY = "Content-Security-Policy";

	@ParameterizedTest
	@ValueSource(strings = { "image/svg+xml", "image/svg+xml; charset=utf-8", "IMAGE/SVG+XML", "image/evil+xml",
			"image/evil+XML ;x=y", "image/xml", "application/xml", "application/xhtml+xml", "text/xml" })
	void keepsScriptsOutOfXml(String type) {
		assertThat(ImageResponses.head(KEY, head(type)).headers().getFirst(POLICY))
			.isEqualTo("default-src 'none'; style-src 'unsafe-inline'; sandbox");
		assertThat(ImageResponses.part(KEY, new DeliveredImage(head(type), Flux.empty()), new ByteSpan(0, 1))
			.headers()
			.containsHeader(POLICY)).isTrue();
		assertThat(ImageResponses.notModified(KEY, head(type)).headers().containsHeader(POLICY)).isTrue();
	}

	@ParameterizedTest
	@ValueSource(strings = { "image/png", "image/xmlish", "image/x-xml-not", "image/png; x=\"a+xml\"",
			"image/png;a=/xml", "xml", "" })
	void leavesOtherTypesAlone(String type) {
		assertThat(ImageResponses.head(KEY, head(type)).headers().containsHeader(POLICY)).isFalse();
	}

	private static ImageHead head(String type) {
		return new ImageHead(new ETag("1", false), Instant.EPOCH, 9, type, null);
	}

}
