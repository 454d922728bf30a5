package ai.doxle.imageorigin.delivery.type;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import ai.doxle.imageorigin.image.ETag;
import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageSignature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class ImageTypesTests {

	private static final byte[] GIF = bytes("GIF89a...");

	private static final byte[] HTML = bytes("<!DOCTYPE html><script>alert(1)</script>");

	private final ImageTypes all = new ImageTypes(new ImageTypeProperties(List.of("image/*"), true));

	private final ImageTypes jpegOnly = new ImageTypes(new ImageTypeProperties(List.of("image/jpeg"), true));

	private final ImageTypes unenforced = new ImageTypes(new ImageTypeProperties(List.of("image/*"), false));

	@ParameterizedTest
	@ValueSource(strings = { "image/gif", "IMAGE/GIF", "image/gif; x=y", "image/x-raw" })
	void allowsDeclaredTypes(String type) {
		assertThat(this.all.check(head(type))).isEqualTo(head(type));
		assertThat(this.all.check(head(type), GIF)).isEqualTo(head(type));
	}

	@ParameterizedTest
	@ValueSource(strings = { "text/html", "", "image", "image/", "application/pdf", "image/*,text/html" })
	void deniesOtherTypes(String type) {
		assertThatExceptionOfType(ImageFailure.NotAnImage.class).isThrownBy(() -> this.all.check(head(type)));
		assertThatExceptionOfType(ImageFailure.NotAnImage.class).isThrownBy(() -> this.all.check(head(type), GIF));
	}

	@ParameterizedTest
	@ValueSource(strings = { "application/octet-stream", "binary/octet-stream", "Binary/Octet-Stream" })
	void findsUndeclaredTypes(String type) {
		assertThat(this.all.check(head(type))).isEqualTo(head(type));
		assertThat(this.all.check(head(type), GIF)).isEqualTo(head("image/gif"));
		assertThatExceptionOfType(ImageFailure.NotAnImage.class).isThrownBy(() -> this.all.check(head(type), HTML));
	}

	@Test
	void deniesImpostors() {
		assertThatExceptionOfType(ImageFailure.NotAnImage.class)
			.isThrownBy(() -> this.all.check(head("image/jpeg"), HTML));
		assertThatExceptionOfType(ImageFailure.NotAnImage.class)
			.isThrownBy(() -> this.all.check(head("image/jpeg"), GIF));
	}

	@Test
	void deniesFoundTypesOutsideTheList() {
		assertThatExceptionOfType(ImageFailure.NotAnImage.class)
			.isThrownBy(() -> this.jpegOnly.check(head("binary/octet-stream"), GIF));
		assertThatExceptionOfType(ImageFailure.NotAnImage.class)
			.isThrownBy(() -> this.jpegOnly.check(head("image/gif")));
	}

	/** RFC 9110 section 8.3.1: a parameter does not change the type. */
	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			image/gif; charset=binary          | image/gif; charset=binary
			image/gif; charset=no-such-thing   | image/gif; charset=no-such-thing
			image/gif; name=my cat.gif         | image/gif
			image/gif;                         | image/gif
			image/gif, image/gif               | image/gif
			""")
	void checksByTheEssence(String declared, String sent) {
		assertThat(this.all.check(head(declared))).isEqualTo(head(sent));
		assertThat(this.all.check(head(declared), GIF)).isEqualTo(head(sent));
		assertThat(this.unenforced.check(head(declared))).isEqualTo(head(sent));
		assertThat(this.unenforced.check(head(declared), GIF)).isEqualTo(head(sent));
		assertThatExceptionOfType(ImageFailure.NotAnImage.class).isThrownBy(() -> this.all.check(head(declared), HTML));
	}

	@Test
	void sendsNothingMalformedThoughNotEnforced() {
		assertThat(this.unenforced.check(head("image/gif, text/html"))).isEqualTo(head("application/octet-stream"));
	}

	@Test
	void believesADeclaredSvgWhoseRootElementIsNotInSight() {
		byte[] start = bytes("<!-- " + "x".repeat(ImageSignature.MAX_LENGTH - 5));
		ImageHead svg = head("image/svg+xml", start.length + 1, null);
		assertThat(this.all.check(svg, start)).isEqualTo(svg);
		assertThatExceptionOfType(ImageFailure.NotAnImage.class)
			.isThrownBy(() -> this.all.check(head("binary/octet-stream", start.length + 1, null), start));
		assertThatExceptionOfType(ImageFailure.NotAnImage.class)
			.isThrownBy(() -> this.all.check(head("image/png", start.length + 1, null), start));
	}

	/** There is no svg element, and there will be none. */
	@Test
	void deniesASvgThatIsNothingButPrologue() {
		byte[] whole = bytes("<?xml version='1.0'?><!-- nothing -->");
		assertThatExceptionOfType(ImageFailure.NotAnImage.class)
			.isThrownBy(() -> this.all.check(head("image/svg+xml", whole.length, null), whole));
	}

	@Test
	void deniesOtherXml() {
		byte[] start = bytes("<!-- " + "x".repeat(2_000) + " --><html>");
		assertThatExceptionOfType(ImageFailure.NotAnImage.class)
			.isThrownBy(() -> this.all.check(head("image/svg+xml", 1_000_000, null), start));
	}

	@Test
	void doesNotLookIntoCodedBytes() {
		ImageHead coded = head("image/svg+xml", 9, "gzip");
		assertThat(this.all.check(coded, bytes("\u001F\u008B"))).isEqualTo(coded);
		assertThat(this.all.check(coded)).isEqualTo(coded);
	}

	@ParameterizedTest
	@ValueSource(strings = { "application/octet-stream", "binary/octet-stream" })
	void deniesWhatCannotBeShownToBeAnImage(String type) {
		ImageHead coded = head(type, 9, "gzip");
		assertThatExceptionOfType(ImageFailure.NotAnImage.class).isThrownBy(() -> this.all.check(coded, GIF));
		assertThatExceptionOfType(ImageFailure.NotAnImage.class).isThrownBy(() -> this.all.check(coded));
		ImageHead empty = head(type, 0, null);
		assertThatExceptionOfType(ImageFailure.NotAnImage.class).isThrownBy(() -> this.all.check(empty, new byte[0]));
		assertThatExceptionOfType(ImageFailure.NotAnImage.class).isThrownBy(() -> this.all.check(empty));
		assertThat(this.unenforced.check(coded, GIF)).isEqualTo(coded);
		assertThat(this.unenforced.check(coded)).isEqualTo(coded);
		assertThat(this.unenforced.check(empty, new byte[0])).isEqualTo(empty);
		assertThat(this.unenforced.check(empty)).isEqualTo(empty);
	}

	@Test
	void checksEmptyImagesByTheirDeclaredType() {
		assertThat(this.all.check(head("image/gif"), new byte[0])).isEqualTo(head("image/gif"));
		assertThatExceptionOfType(ImageFailure.NotAnImage.class)
			.isThrownBy(() -> this.all.check(head("text/html"), new byte[0]));
	}

	@Test
	void letsEverythingPassIfNotEnforced() {
		assertThat(this.unenforced.check(head("text/html"))).isEqualTo(head("text/html"));
		assertThat(this.unenforced.check(head("image/jpeg"), HTML)).isEqualTo(head("image/jpeg"));
	}

	private static ImageHead head(String type) {
		return head(type, 9, null);
	}

	private static ImageHead head(String type, long length, String encoding) {
		return new ImageHead(new ETag("1", false), Instant.EPOCH, length, type, encoding);
	}

	private static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.ISO_8859_1);
	}

}
