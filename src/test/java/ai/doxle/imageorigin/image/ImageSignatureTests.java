package ai.doxle.imageorigin.image;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class ImageSignatureTests {

	@ParameterizedTest
	@CsvSource({ "site-plan.jpg, JPEG", "floor.png, PNG", "crane.gif, GIF", "facade.webp, WEBP", "roof.avif, AVIF",
			"scan.tiff, TIFF", "icon.ico, ICO", "north-arrow.svg, SVG" })
	void sampleMatchesItsOwnSignatureOnly(String file, ImageSignature signature) throws IOException {
		byte[] bytes = Files.readAllBytes(Path.of("src/test/resources/samples", file));
		byte[] start = Arrays.copyOf(bytes, Math.min(bytes.length, ImageSignature.LENGTH));
		assertThat(ImageSignature.values()).filteredOn((other) -> other.matches(start)).containsExactly(signature);
		assertThat(ImageSignature.of(start)).contains(signature);
	}

	@Test
	void recognisesBinaryFormats() {
		assertThat(ImageSignature.of(latin("MM\0*\0\0"))).contains(ImageSignature.TIFF);
		assertThat(ImageSignature.of(latin("II+\0\u0008\0"))).contains(ImageSignature.TIFF);
		assertThat(ImageSignature.of(latin("\u00FF\n\0"))).contains(ImageSignature.JXL);
		assertThat(ImageSignature.of(latin("\0\0\0\fJXL \r\n\u0087\n"))).contains(ImageSignature.JXL);
		assertThat(ImageSignature.of(latin("\0\0\2\0"))).contains(ImageSignature.ICO);
		assertThat(ImageSignature.of(latin("\0\0\0\u0018ftypmif1\0\0\0\0miafavif"))).contains(ImageSignature.AVIF);
		assertThat(ImageSignature.of(latin("\0\0\0\u0018ftypavis\0\0\0\0"))).contains(ImageSignature.AVIF);
		assertThat(ImageSignature.of(latin("\0\0\0\u0018ftypheic\0\0\0\0"))).contains(ImageSignature.HEIF);
		assertThat(ImageSignature.of(latin("\0\0\0\u0018ftypmif1\0\0\0\0heic"))).contains(ImageSignature.HEIF);
		assertThat(ImageSignature.of(latin("GIF87a"))).contains(ImageSignature.GIF);
		assertThat(ImageSignature.of(latin("BMxxxx"))).contains(ImageSignature.BMP);
	}

	@ParameterizedTest
	@ValueSource(strings = { "", " ", "<!DOCTYPE html><html><svg></svg></html>", "<html><svg/></html>",
			"<html xmlns=\"http://www.w3.org/1999/xhtml\">", "text <svg>", "<svga>", "%PDF-1.7", "GIF88a",
			"RIFF\0\0\0\0WAVE", "PK\u0003\u0004", "\0\0\0\u0018ftypisom\0\0\0\0", "<!-- <svg> -->", "<script>",
			"<!-- --><script></script><!-- --><svg>", "<?a?>text<?b?><svg>", "<!DOCTYPE a[]>text<!DOCTYPE b[]><svg>" })
	void recognisesNothingElse(String start) {
		assertThat(ImageSignature.of(latin(start))).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "\u00FF\u00D8", "\u0089PNG\r\n\u001A", "GIF89", "RIFF\0\0\0\0WEB", "\0\0\0\u0018ftypavi",
			"II*", "B", "\0\0\1", "<svg" })
	void needsAllOfASignature(String start) {
		assertThat(ImageSignature.of(latin(start))).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "<svg>", "<svg/>", "<svg xmlns='x'>", "\n\t <svg\n>", "\u00EF\u00BB\u00BF<svg>",
			"<?xml version='1.0'?><svg>", "\u00EF\u00BB\u00BF<?xml version='1.0'?>\n<!-- a > b -->\n<svg>",
			"<!-- <html> --><!-- --><svg>", "<!DOCTYPE svg><svg>",
			"<!DOCTYPE svg PUBLIC \"-//W3C//DTD SVG 1.1//EN\" \"http://www.w3.org/x.dtd\">\n<svg>",
			"<!DOCTYPE svg [ <!ENTITY ns \"http://x\"> ]>\n<svg>", "<!DOCTYPE svg [ <!ENTITY a ']'> ] >\n<svg>",
			"<?xml version='1.0'?><?x y?><svg:svg xmlns:svg='x'>" })
	void recognisesSvgAfterItsPrologue(String start) {
		assertThat(ImageSignature.of(latin(start))).contains(ImageSignature.SVG);
	}

	@ParameterizedTest
	@ValueSource(strings = { "<!---->", "<??>", "<!DOCTYPE a>", "<!DOCTYPE a[]>", "<!DOCTYPE a [ ] >", "<!-- --> ",
			"<!----><??>", "<!--", "<?", " ", "<!DOCTYPE ", "<!DOCTYPE [", "<?-->?>" })
	void copesWithPathologicalPrologues(String part) {
		String prologue = part.repeat(ImageSignature.LENGTH).substring(0, ImageSignature.LENGTH);
		assertThat(ImageSignature.of(latin(prologue))).isEmpty();
	}

	@ParameterizedTest
	@EnumSource
	void isFoundByItsOwnType(ImageSignature signature) {
		assertThat(ImageSignature.ofType(signature.mediaType())).contains(signature);
	}

	@ParameterizedTest
	@CsvSource({ "image/jpg, JPEG", "IMAGE/JPEG, JPEG", "image/svg+xml; charset=utf-8, SVG",
			"image/vnd.microsoft.icon, ICO", "image/heic, HEIF", "image/apng, PNG" })
	void isFoundByItsAliases(String mediaType, ImageSignature signature) {
		assertThat(ImageSignature.ofType(mediaType)).contains(signature);
	}

	@Test
	void knowsNoOtherTypes() {
		assertThat(ImageSignature.ofType("image/x-raw")).isEmpty();
		assertThat(ImageSignature.ofType("text/html")).isEmpty();
		assertThat(ImageSignature.ofType("")).isEmpty();
	}

	@Test
	void knowsWhichTypesSayNothing() {
		assertThat(ImageSignature.isUndeclared("application/octet-stream")).isTrue();
		assertThat(ImageSignature.isUndeclared("Binary/Octet-Stream; x=y")).isTrue();
		assertThat(ImageSignature.isUndeclared("image/png")).isFalse();
	}

	private static byte[] latin(String text) {
		return text.getBytes(StandardCharsets.ISO_8859_1);
	}

}
