package ai.doxle.imageorigin.image;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class MediaTypesTests {

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
			image/jpeg                                   | image/jpeg    | image/jpeg
			IMAGE/Jpeg                                   | image/jpeg    | IMAGE/Jpeg
			image/jpeg; charset=binary                   | image/jpeg    | image/jpeg; charset=binary
			image/jpeg; charset=no-such-charset          | image/jpeg    | image/jpeg; charset=no-such-charset
			image/svg+xml;charset=utf-8                  | image/svg+xml | image/svg+xml; charset=utf-8
			image/svg+xml ; Charset="utf-8"              | image/svg+xml | image/svg+xml; Charset="utf-8"
			image/png;                                   | image/png     | image/png
			image/png ; ;; a=b;                          | image/png     | image/png; a=b
			image/png; a                                 | image/png     | image/png
			image/png; =b; c=d                           | image/png     | image/png; c=d
			image/png; a = b                             | image/png     | image/png
			image/png; name=my cat.png                   | image/png     | image/png
			image/png; name="my; cat, \\" .png"; c=d     | image/png     | image/png; name="my; cat, \\" .png"; c=d
			image/png; name="cat                         | image/png     | image/png
			image/png; name=cät; c=d                     | image/png     | image/png; c=d
			image/png; name="cät"                        | image/png     | image/png
			image/jpeg, image/jpeg                       | image/jpeg    | image/jpeg
			image/jpeg; a=b, IMAGE/JPEG ,                | image/jpeg    | image/jpeg; a=b
			, image/jpeg                                 | image/jpeg    | image/jpeg
			image/vnd.adobe.photoshop                    | image/vnd.adobe.photoshop | image/vnd.adobe.photoshop
			""")
	void readsTheEssenceAndWritesWhatCanBeSent(String value, String essence, String wellFormed) {
		assertThat(MediaTypes.essence(value)).isEqualTo(essence);
		assertThat(MediaTypes.isEssence(essence)).isTrue();
		assertThat(MediaTypes.wellFormed(value)).isEqualTo(wellFormed);
		assertThat(MediaTypes.wellFormed(wellFormed)).isEqualTo(wellFormed);
	}

	@ParameterizedTest
	@ValueSource(strings = { "", " ", ";", ",", "image", "image/", "/png", "image//png", "image/*", "*/*", "im age/png",
			"image/p ng", "image/png text/html", "image/png, text/html", "image/png, image/svg+xml", "image/p\u0000ng",
			"image/png\u0085", "\u0130mage/png", "image/p\r\nX: y", "\"image/png\"", "image/png\"; text/html" })
	void namesNoTypeWhereNoneIs(String value) {
		assertThat(MediaTypes.isEssence(MediaTypes.essence(value))).isFalse();
		assertThat(MediaTypes.wellFormed(value)).isEqualTo("application/octet-stream");
	}

	/** U+212A, whose small letter is an ordinary k. */
	@Test
	void sendsNoKelvinSign() {
		assertThat(MediaTypes.wellFormed("image/\u212A")).isEqualTo("application/octet-stream");
	}

	@ParameterizedTest
	@ValueSource(strings = { "\r\nX: y", "; a=b\r\nX: y", "; a=\"b\r\nX: y\"", "; a=\"\u0000\"", "; a=\u007f",
			"; \u00e4=b" })
	void leavesOutWhatWouldBreakTheHeader(String rest) {
		assertThat(MediaTypes.wellFormed("image/png" + rest)).isIn("image/png", "application/octet-stream");
	}

	@Test
	void copesWithPathologicalValues() {
		for (String part : new String[] { ";", ",", "\"", "\\", "\\\"", ";a=b", ",image/png", ";a=\"", "a" }) {
			String value = "image/png; x=\"" + part.repeat(4_000);
			assertThat(MediaTypes.wellFormed(value)).isNotEmpty();
			assertThat(MediaTypes.wellFormed(value + "\"")).isNotEmpty();
			assertThat(MediaTypes.wellFormed("image/png" + part.repeat(4_000))).isNotEmpty();
		}
	}

}
