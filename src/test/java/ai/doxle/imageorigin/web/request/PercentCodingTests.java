package ai.doxle.imageorigin.web.request;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class PercentCodingTests {

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			a/b | a/b
			a%2Fb | a/b
			a%2fb | a/b
			a+b | a+b
			a%2Bb | a+b
			%2541 | %41
			a//b;c | a//b;c
			%25 | %
			fa%C3%A7ade | fa\u00E7ade
			%F0%9F%8F%A0 | \uD83C\uDFE0
			e%CC%81 | e\u0301
			""")
	void decodesOnce(String raw, String decoded) {
		assertThat(PercentCoding.decode(raw)).isEqualTo(decoded);
	}

	@ParameterizedTest
	@ValueSource(strings = { "%", "a%", "%4", "%zz", "%4g", "%g4", "%%41", "% 41", "%-1" })
	void refusesIncompleteEscapes(String raw) {
		assertThatIllegalArgumentException().isThrownBy(() -> PercentCoding.decode(raw))
			.withMessageContaining("escape");
	}

	@ParameterizedTest
	@ValueSource(strings = { "%80", "%C3", "%C3%28", "%C0%AF", "%E0%80%AF", "%ED%A0%80", "%F4%90%80%80", "%FF" })
	void refusesWhatIsNotUtf8(String raw) {
		assertThatIllegalArgumentException().isThrownBy(() -> PercentCoding.decode(raw)).withMessageContaining("UTF-8");
	}

	@ParameterizedTest
	@ValueSource(strings = { "\u00E9", "a\uD83C\uDFE0", "\u0080" })
	void refusesUnencodedCharacters(String raw) {
		assertThatIllegalArgumentException().isThrownBy(() -> PercentCoding.decode(raw));
	}

	@ParameterizedTest
	@ValueSource(strings = { "%\uFF14\uFF11", "%\u0664\u0661", "%4\uFF21" })
	void refusesDigitsOfOtherScripts(String raw) {
		assertThatIllegalArgumentException().isThrownBy(() -> PercentCoding.decode(raw));
	}

}
