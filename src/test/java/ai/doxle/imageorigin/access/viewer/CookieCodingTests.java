package ai.doxle.imageorigin.access.viewer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class CookieCodingTests {

	@Test
	void hasThreeCharactersOfItsOwn() {
		byte[] bytes = { (byte) 0xfb, (byte) 0xff, (byte) 0xfe, 0 };
		assertThat(CookieCoding.encode(bytes)).isEqualTo("-~~-AA__");
		assertThat(CookieCoding.decode("-~~-AA__")).isEqualTo(bytes);
	}

	@Test
	void bringsEveryByteBack() {
		byte[] bytes = new byte[256];
		for (int length = 0; length < bytes.length; length++) {
			byte[] some = Arrays.copyOf(bytes, length);
			Arrays.fill(some, (byte) length);
			assertThat(CookieCoding.decode(CookieCoding.encode(some))).isEqualTo(some);
		}
	}

	/** Standard base64, base64url, missing or moved padding, spare bits, and noise. */
	@ParameterizedTest
	@ValueSource(strings = { "+//+AA==", "AA==", "AA", "AA_", "AA___", "A", "AB__", "__AA", "AA__AA__", "AA A", "A\tAA",
			"Ä", "AAA\u0000", "\"AAAA\"", "%41AAA" })
	void refusesEverythingElse(String value) {
		assertThatThrownBy(() -> CookieCoding.decode(value)).isInstanceOf(InvalidCookiesException.class)
			.hasMessageContaining("base64");
	}

	@Test
	void decodesText() {
		assertThat(new String(CookieCoding.decode("eyJ9"), StandardCharsets.US_ASCII)).isEqualTo("{\"}");
	}

}
