package ai.doxle.imageorigin.access;

import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.http.HttpHeaders;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class BearerTokensTests {

	@ParameterizedTest
	@CsvSource({ "Bearer a.b.c, a.b.c", "bearer a, a", "BEARER   a-_~+/9Z==, a-_~+/9Z==", "Bearer a=, a=" })
	void findsTokens(String value, String token) {
		assertThat(BearerTokens.in(authorization(value))).isEqualTo(token);
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "Basic abc", "Bearerabc", "Bear", "Bearer\tabc", "Digest Bearer a" })
	void leavesOtherSchemesAlone(String value) {
		assertThat(BearerTokens.in(authorization(value))).isNull();
	}

	@ParameterizedTest
	@ValueSource(strings = { "Bearer", "Bearer ", "Bearer  ", "Bearer =", "Bearer a b", "Bearer a ", "Bearer a=b",
			"Bearer a,b", "Bearer \u00e9", "Bearer a\u0141", "Bearer a\r\n" })
	void refusesMalformedTokens(String value) {
		assertThatExceptionOfType(AccessFailure.BadToken.class).isThrownBy(() -> BearerTokens.in(authorization(value)));
	}

	@Test
	void refusesTwoHeaders() {
		HttpHeaders headers = new HttpHeaders();
		headers.addAll(HttpHeaders.AUTHORIZATION, List.of("Bearer a", "Bearer a"));
		assertThatExceptionOfType(AccessFailure.BadToken.class).isThrownBy(() -> BearerTokens.in(headers));
	}

	@Test
	void findsNothingWithoutTheHeader() {
		assertThat(BearerTokens.in(new HttpHeaders())).isNull();
	}

	private static HttpHeaders authorization(String value) {
		HttpHeaders headers = new HttpHeaders();
		headers.set(HttpHeaders.AUTHORIZATION, value);
		return headers;
	}

}
