package ai.doxle.imageorigin.access.viewer;

import java.nio.charset.StandardCharsets;
import java.time.Instant;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class CookiePolicyTests {

	private static final String TIME = "\"DateLessThan\":{\"AWS:EpochTime\":1767290400}";

	private static final String RESOURCE = "\"Resource\":\"https://a/*\"";

	private static final Instant END = Instant.ofEpochSecond(1767290400);

	@Test
	void readsAPolicy() {
		CookiePolicy policy = parse(statement(RESOURCE, TIME));
		assertThat(policy).isEqualTo(new CookiePolicy(new UrlPattern("https://a/*"), Instant.MIN, END));
	}

	@Test
	void readsMembersInAnyOrderAndWithBlanks() {
		assertThat(parse(" {\"Statement\" :[\n{\"Condition\":{" + TIME
				+ ",\"DateGreaterThan\":{\"AWS:EpochTime\":1767200000}}, " + RESOURCE + "}]} "))
			.isEqualTo(new CookiePolicy(new UrlPattern("https://a/*"), Instant.ofEpochSecond(1767200000), END));
	}

	@Test
	void isValidBetweenItsTimesWithoutAnySkew() {
		CookiePolicy policy = parse(statement(RESOURCE, TIME + ",\"DateGreaterThan\":{\"AWS:EpochTime\":1767200000}"));
		assertThatCode(() -> policy.requireCurrent(END.minusMillis(1))).doesNotThrowAnyException();
		assertThatThrownBy(() -> policy.requireCurrent(END)).hasMessageContaining("expired");
		assertThatThrownBy(() -> policy.requireCurrent(Instant.ofEpochSecond(1767200000)))
			.hasMessageContaining("not valid yet");
		assertThatCode(() -> policy.requireCurrent(Instant.ofEpochSecond(1767200001))).doesNotThrowAnyException();
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "null", "[]", "{}", "nonsense", "{\"Statement\":[]}", "{\"Statement\":{}}",
			"{\"Statement\":[{}]}", "{\"Statement\":[{" + RESOURCE + "}]}",
			"{\"Statement\":[{\"Condition\":{" + TIME + "}}]}", "{\"Statement\":[{" + RESOURCE + ",\"Condition\":{}}]}",
			"{\"Statement\":[{\"Resource\":\"\",\"Condition\":{" + TIME + "}}]}",
			"{\"Statement\":[{\"Resource\":null,\"Condition\":{" + TIME + "}}]}",
			"{\"Statement\":[{\"Resource\":[\"https://a/*\"],\"Condition\":{" + TIME + "}}]}",
			"{\"Statement\":[{" + RESOURCE + "," + RESOURCE + ",\"Condition\":{" + TIME + "}}]}",
			"{\"Statement\":[{" + RESOURCE + ",\"Condition\":{" + TIME + "," + TIME + "}}]}",
			"{\"Statement\":[{" + RESOURCE + ",\"Condition\":{" + TIME + "}}],\"Statement\":[]}",
			"{\"Statement\":[{" + RESOURCE + ",\"Condition\":{" + TIME + "}},{" + RESOURCE + ",\"Condition\":{" + TIME
					+ "}}]}",
			"{\"Statement\":[{" + RESOURCE + ",\"Condition\":{" + TIME
					+ ",\"IpAddress\":{\"AWS:SourceIp\":\"0.0.0.0/0\"}}}]}",
			"{\"Statement\":[{" + RESOURCE + ",\"Effect\":\"Deny\",\"Condition\":{" + TIME + "}}]}",
			"{\"Version\":\"2012-10-17\",\"Statement\":[{" + RESOURCE + ",\"Condition\":{" + TIME + "}}]}",
			"{\"Statement\":[{" + RESOURCE + ",\"Condition\":{\"DateLessThan\":{\"AWS:EpochTime\":\"1767290400\"}}}]}",
			"{\"Statement\":[{" + RESOURCE + ",\"Condition\":{\"DateLessThan\":{\"AWS:EpochTime\":1.5}}}]}",
			"{\"Statement\":[{" + RESOURCE + ",\"Condition\":{\"DateLessThan\":{\"AWS:EpochTime\":-1}}}]}",
			"{\"Statement\":[{" + RESOURCE + ",\"Condition\":{\"DateLessThan\":{\"AWS:EpochTime\":2147483648}}}]}",
			"{\"Statement\":[{" + RESOURCE
					+ ",\"Condition\":{\"DateLessThan\":{\"AWS:EpochTime\":99999999999999999999999}}}]}",
			"{\"Statement\":[{" + RESOURCE + ",\"Condition\":{\"DateLessThan\":1767290400}}]}",
			"{\"Statement\":[{" + RESOURCE + ",\"Condition\":{\"DateGreaterThan\":{\"AWS:EpochTime\":1}}}]}",
			"{\"statement\":[{" + RESOURCE + ",\"Condition\":{" + TIME + "}}]}",
			"{\"Statement\":[{" + RESOURCE + ",\"Condition\":{" + TIME + "}}]}{}",
			"\uFEFF{\"Statement\":[{" + RESOURCE + ",\"Condition\":{" + TIME + "}}]}" })
	void refusesEverythingElse(String json) {
		assertThatThrownBy(() -> parse(json)).isInstanceOf(InvalidCookiesException.class);
	}

	@Test
	void refusesDeepAndOddBytes() {
		assertThatThrownBy(() -> parse("{\"Statement\":" + "[".repeat(2_000)))
			.isInstanceOf(InvalidCookiesException.class);
		assertThatThrownBy(() -> CookiePolicy.parse(new byte[] { '{', (byte) 0xff, '}' }))
			.isInstanceOf(InvalidCookiesException.class);
		assertThatThrownBy(() -> CookiePolicy.parse(statement(RESOURCE, TIME).getBytes(StandardCharsets.UTF_16)))
			.isInstanceOf(InvalidCookiesException.class);
	}

	private static String statement(String resource, String conditions) {
		return "{\"Statement\":[{" + resource + ",\"Condition\":{" + conditions + "}}]}";
	}

	private static CookiePolicy parse(String json) {
		return CookiePolicy.parse(json.getBytes(StandardCharsets.UTF_8));
	}

}
