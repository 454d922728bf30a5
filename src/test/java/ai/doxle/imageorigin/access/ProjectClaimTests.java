package ai.doxle.imageorigin.access;

import java.text.ParseException;
import java.util.List;
import java.util.Map;

import com.nimbusds.jwt.JWTClaimsSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.security.oauth2.jwt.Jwt;

import ai.doxle.imageorigin.image.ImageKey;

import static org.assertj.core.api.Assertions.assertThat;

class ProjectClaimTests {

	private final ProjectClaim claim = new ProjectClaim("projects");

	@Test
	void coversStringsNumbersAndLists() {
		assertThat(covers("123", "projects/123/a.jpg")).isTrue();
		assertThat(covers(123, "projects/123/a.jpg")).isTrue();
		assertThat(covers(123L, "projects/123/blocks/4/a.jpg")).isTrue();
		assertThat(covers(List.of("7", "123"), "projects/123/a.jpg")).isTrue();
		assertThat(covers(List.of(7L, 123L), "projects/123/a.jpg")).isTrue();
		assertThat(covers(List.of("7", 123), "projects/123//a.jpg")).isTrue();
	}

	@ParameterizedTest
	@ValueSource(strings = { "projects/12/a", "projects/1234/a", "projects/0123/a", "projects/123", "projects/123/",
			"Projects/123/a", "/projects/123/a", "x/projects/123/a", "projects//123/a", "projects/7/123/a", "123/a",
			"projects/123 /a", "blocks/123/a" })
	void coversNothingElse(String key) {
		assertThat(covers(List.of("123"), key)).isFalse();
	}

	@Test
	void coversNothingWithoutTheClaim() {
		Jwt token = Jwt.withTokenValue("t").header("alg", "RS256").subject("s").build();
		assertThat(this.claim.covers(token, new ImageKey("projects/123/a"))).isFalse();
	}

	@Test
	void coversNothingByOtherValues() {
		assertThat(covers(List.of(), "projects/123/a")).isFalse();
		assertThat(covers("", "projects/123/a")).isFalse();
		assertThat(covers("*", "projects/123/a")).isFalse();
		assertThat(covers("123,7", "projects/123/a")).isFalse();
		assertThat(covers(true, "projects/true/a")).isFalse();
		assertThat(covers(Map.of("123", true), "projects/123/a")).isFalse();
		assertThat(covers(List.of(List.of("123")), "projects/123/a")).isFalse();
	}

	/** JSON knows one kind of number: 123.0 and 1.23e2 are 123. */
	@ParameterizedTest
	@CsvSource({ "123.0, 123", "1.23e2, 123", "12300E-2, 123", "0.0, 0", "9007199254740993, 9007199254740993",
			"9223372036854775807, 9223372036854775807", "4503599627370495.0, 4503599627370495" })
	void coversIntegersHoweverWritten(String number, String project) throws ParseException {
		Object value = JWTClaimsSet.parse("{\"projects\": " + number + "}").getClaim("projects");
		assertThat(covers(value, "projects/" + project + "/a")).isTrue();
		assertThat(covers(List.of(value), "projects/" + project + "/a")).isTrue();
	}

	/** Numbers that a double cannot hold exactly would be read as a neighbour's. */
	@ParameterizedTest
	@CsvSource({ "123.5, 123", "123.5, 124", "123.0, 123.0", "1.23e2, 1.23e2", "9007199254740993.0, 9007199254740992",
			"9007199254740993.0, 9007199254740993", "9007199254740993, 9007199254740992",
			"9223372036854775808, 9223372036854775807", "12345678901234567891, 12345678901234567168",
			"1e300, 9223372036854775807", "1e-300, 0" })
	void coversNothingByNumbersThatAreRounded(String number, String project) throws ParseException {
		Object value = JWTClaimsSet.parse("{\"projects\": " + number + "}").getClaim("projects");
		assertThat(covers(value, "projects/" + project + "/a")).isFalse();
	}

	private boolean covers(Object value, String key) {
		Jwt token = Jwt.withTokenValue("t").header("alg", "RS256").claim("projects", value).build();
		return this.claim.covers(token, new ImageKey(key));
	}

}
