package ai.doxle.imageorigin.image;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class ImageKeyTests {

	@ParameterizedTest
	@ValueSource(strings = { "a", "/a", "a/", "a//b", "a;v=1/b+c", "...", ".a", "a.", "..a/b..", "a?b#c%41", " ",
			"projects/1/Fa\u00E7ade \uD83C\uDFE0.jpg", "\u00A0", "\\..\\a" })
	void takesEverythingElseLiterally(String value) {
		assertThat(new ImageKey(value)).hasToString(value);
	}

	@Test
	void distinguishesNormalisationForms() {
		assertThat(new ImageKey("\u00E9")).isNotEqualTo(new ImageKey("e\u0301"));
	}

	@Test
	void refusesTheEmptyKey() {
		assertRefused("", "empty");
	}

	@ParameterizedTest
	@ValueSource(strings = { ".", "..", "./a", "../a", "a/.", "a/..", "a/./b", "a/../b", "/..", "//./" })
	void refusesDotSegmentsAnywhere(String value) {
		assertRefused(value, "segment");
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, 1, '\t', '\n', '\r', 0x1F, 0x7F, 0x80, 0x85, 0x9F })
	void refusesControlCharacters(int control) {
		assertRefused("a" + (char) control + "b", "control character");
	}

	@Test
	void takes1024Bytes() {
		assertThat(new ImageKey("a".repeat(1024)).value()).hasSize(1024);
		assertThat(new ImageKey("\u00E9".repeat(512)).value()).hasSize(512);
		assertThat(new ImageKey("\uD83C\uDFE0".repeat(256)).value()).hasSize(512);
	}

	@Test
	void refuses1025Bytes() {
		assertRefused("a".repeat(1025), "1024");
		assertRefused("\u00E9".repeat(512) + "a", "1024");
		assertRefused("\uD83C\uDFE0".repeat(256) + "a", "1024");
	}

	private static void assertRefused(String value, String reason) {
		assertThatExceptionOfType(InvalidImageKeyException.class).isThrownBy(() -> new ImageKey(value))
			.withMessageContaining(reason);
	}

}
