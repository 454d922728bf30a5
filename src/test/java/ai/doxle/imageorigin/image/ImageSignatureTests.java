package ai.doxle.imageorigin.image;

import java.io.IOException;
import java.nio.charset.Charset;
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
		String prologue = part.repeat(ImageSignature.MAX_LENGTH).substring(0, ImageSignature.MAX_LENGTH);
		assertThat(ImageSignature.of(latin(prologue))).isEmpty();
		assertThat(ImageSignature.needsMore(latin(prologue))).isFalse();
	}

	@ParameterizedTest
	@ValueSource(
			strings = { "<svg>", "<?xml version='1.0' encoding='UTF-16'?>\n<!-- \u00e4 \u4e16 -->\n<svg xmlns='x'>",
					"<!DOCTYPE svg [ <!ENTITY ns \"]>\"> ]><s:svg>" })
	void recognisesSvgInUtf16(String start) {
		for (Charset charset : new Charset[] { StandardCharsets.UTF_16BE, StandardCharsets.UTF_16LE }) {
			byte[] bytes = ("\uFEFF" + start).getBytes(charset);
			assertThat(ImageSignature.of(bytes)).contains(ImageSignature.SVG);
			assertThat(ImageSignature.of(("\uFEFF<html>" + start).getBytes(charset))).isEmpty();
			for (int length = 2; length < bytes.length - 2 * "<svg xmlns='x'>".length(); length++) {
				assertThat(ImageSignature.isUnfinishedPrologue(Arrays.copyOf(bytes, length))).isTrue();
			}
		}
	}

	/** However early the bytes end, they are not taken for something else. */
	@ParameterizedTest
	@ValueSource(strings = { "\u00EF\u00BB\u00BF<?xml version='1.0'?>\n<!-- a > b -->\n<!-- ' -->\n<svg>",
			"<!DOCTYPE svg PUBLIC \"-//W3C//DTD SVG 1.1//EN\" 'http://www.w3.org/>[.dtd'>\n<x:svg>",
			"<!DOCTYPE svg [ <!-- ]> ' --> <?a ]> \" ?> <!ENTITY ns \"]>\"> %more; ] >\n<svg>" })
	void needsMoreUntilTheRootElement(String text) {
		byte[] whole = latin(text);
		int start = (whole[0] == '<') ? 0 : 3;
		for (int length = start; length < whole.length; length++) {
			byte[] part = Arrays.copyOf(whole, length);
			assertThat(ImageSignature.of(part)).as(latin(part)).isEmpty();
			assertThat(ImageSignature.needsMore(part)).as(latin(part)).isTrue();
		}
		assertThat(ImageSignature.of(whole)).contains(ImageSignature.SVG);
		assertThat(ImageSignature.needsMore(whole)).isFalse();
	}

	@ParameterizedTest
	@ValueSource(strings = { "<html>", "<!-- a --><html ", "<!DOCTYPE html><html/", "<svga>", "<a:b:svg>", "text", "<>",
			"< svg>", "<1svg>", "<!ELEMENT", "<![CDATA[", "</svg>", "<:svg>", "\u0089PNG\r\n\u001A\n", "GIF89a",
			"\u00FF\u00D8\u00FF", "\0", "<\0" })
	void needsNoMoreForSomethingElse(String start) {
		assertThat(ImageSignature.needsMore(latin(start))).isFalse();
	}

	@Test
	void findsTheRootElementBehindALongPrologue() {
		String comment = "<!-- " + "licence ".repeat(1_000) + "-->";
		assertThat(ImageSignature.of(latin(comment + "<svg>"))).contains(ImageSignature.SVG);
		assertThat(ImageSignature.of(latin(comment + "<html>"))).isEmpty();
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

	private static String latin(byte[] bytes) {
		return new String(bytes, StandardCharsets.ISO_8859_1);
	}

	private static byte[] latin(String text) {
		return text.getBytes(StandardCharsets.ISO_8859_1);
	}

}
