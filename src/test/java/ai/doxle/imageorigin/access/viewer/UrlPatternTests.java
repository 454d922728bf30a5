package ai.doxle.imageorigin.access.viewer;

import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

class UrlPatternTests {

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			https://a/x/123/*   | https://a/x/123/img.jpg     | true
			https://a/x/123/*   | https://a/x/123/            | true
			https://a/x/123/*   | https://a/x/123/b/c/d.jpg   | true
			https://a/x/123/*   | https://a/x/123             | false
			https://a/x/123/*   | https://a/x/1234/img.jpg    | false
			https://a/x/123/*   | https://a/x/12/img.jpg      | false
			https://a/x/123/*   | http://a/x/123/img.jpg      | false
			https://a/x/123/*   | https://b/x/123/img.jpg     | false
			https://a/X/123/*   | https://a/x/123/img.jpg     | false
			https://a/x/123*    | https://a/x/1234/img.jpg    | true
			https://a/x/12?/*   | https://a/x/123/img.jpg     | true
			https://a/x/12?/*   | https://a/x/12/img.jpg      | false
			https://a/x/12?/*   | https://a/x/12//img.jpg     | true
			https://a/x/??      | https://a/x/1               | false
			https://a/x/img.jpg | https://a/x/img.jpg         | true
			https://a/x/img.jpg | https://a/x/img.jpg/        | false
			https://a/x/img.jpg | https://a/x/img.jp          | false
			*                   | https://a/x                 | true
			http*://*/x/*       | https://b/x/1               | true
			http*://*/x/*       | https://b/y/1               | false
			*/thumb.jpg         | https://a/thumb.jpg/a.jpg   | false
			*/thumb.jpg         | https://a/thumb.jpg/thumb.jpg | true
			https://a/*b*c      | https://a/abbcbc            | true
			https://a/*b*c      | https://a/abbcb             | false
			https://a/**        | https://a/                  | true
			https://a/.*        | https://a/xy                | false
			https://a/x[0-9]    | https://a/x1                | false
			""")
	void matchesWholeUrls(String pattern, String url, boolean matches) {
		assertThat(new UrlPattern(pattern).matches(url)).isEqualTo(matches);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			https://a/x/*     | https://a/ | true
			https://a/        | https://a/ | true
			https://a         | https://a/ | false
			https://b/x/*     | https://a/ | false
			https://aa/x/*    | https://a/ | false
			http://a/*        | https://a/ | false
			http*://a/x       | https://a/ | true
			https://?/x       | https://a/ | true
			https://??/x      | https://a/ | false
			*                 | https://a/ | true
			images/image.jpg  | https://a/ | false
			""")
	void tellsWhetherItIsForAHost(String pattern, String host, boolean matches) {
		assertThat(new UrlPattern(pattern).matchesSomeBeginningWith(host)).isEqualTo(matches);
	}

	/** The same as the regular expression that it stands for, for all short texts. */
	@Test
	void agreesWithRegularExpressions() {
		for (String pattern : texts("ab*?", 4)) {
			String expression = pattern.replace("?", ".").replace("*", ".*");
			for (String text : texts("ab", 4)) {
				assertThat(new UrlPattern(pattern).matches(text)).as("%s of %s", pattern, text)
					.isEqualTo(text.matches(expression));
			}
		}
	}

	/** A pattern reaches a beginning if and only if some longer text fits it. */
	@Test
	void reachesWhatSomeTextCompletes() {
		for (String pattern : texts("ab*?", 4)) {
			for (String start : texts("ab", 2)) {
				boolean some = texts("ab", 4).stream()
					.anyMatch((rest) -> new UrlPattern(pattern).matches(start + rest));
				assertThat(new UrlPattern(pattern).matchesSomeBeginningWith(start)).as("%s of %s", pattern, start)
					.isEqualTo(some);
			}
		}
	}

	@Test
	void staysQuickWithManyWildcards() {
		assertThat(new UrlPattern("*a".repeat(500) + "*b").matches("a".repeat(2_000))).isFalse();
	}

	private static List<String> texts(String alphabet, int longest) {
		List<String> texts = new ArrayList<>(List.of(""));
		for (int i = 0; i < texts.size(); i++) {
			String text = texts.get(i);
			if (text.length() < longest) {
				alphabet.chars().forEach((character) -> texts.add(text + (char) character));
			}
		}
		return texts;
	}

}
