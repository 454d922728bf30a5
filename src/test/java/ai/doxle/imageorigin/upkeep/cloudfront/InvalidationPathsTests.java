package ai.doxle.imageorigin.upkeep.cloudfront;

import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSelection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

class InvalidationPathsTests {

	private final InvalidationPaths paths = new InvalidationPaths("/proxy-image");

	@ParameterizedTest
	@CsvSource({ "projects/1/blocks/2/img.jpg, /proxy-image/projects/1/blocks/2/img.jpg",
			"site photo [1].jpg, /proxy-image/site%20photo%20%5B1%5D.jpg",
			"façade ✓, /proxy-image/fa%C3%A7ade%20%E2%9C%93", "100%, /proxy-image/100%25",
			"~home, /proxy-image/%7Ehome", "a?b#c, /proxy-image/a%3Fb%23c", "a//b, /proxy-image/a//b",
			"{}|\\^`\"<>, /proxy-image/%7B%7D%7C%5C%5E%60%22%3C%3E" })
	void encodesWhatIsUnsafe(String key, String path) {
		assertThat(this.paths.of(new ImageSelection.OneImage(new ImageKey(key)))).containsExactly(path);
	}

	@Test
	void namesBothSpellingsWhereClientsDiffer() {
		assertThat(this.paths.of(new ImageSelection.OneImage(new ImageKey("a/b+c (1).png"))))
			.containsExactlyInAnyOrder("/proxy-image/a/b+c%20(1).png", "/proxy-image/a/b%2Bc%20%281%29.png");
	}

	@Test
	void endsPrefixesInAWildcard() {
		assertThat(this.paths.of(new ImageSelection.Below("projects/80")))
			.containsExactly("/proxy-image/projects/80/*");
	}

	@Test
	void namesTags() {
		assertThat(this.paths.of(new ImageSelection.Tagged("project:123"))).containsExactly("#project:123");
	}

	@Test
	void worksAtTheRoot() {
		assertThat(new InvalidationPaths("").of(new ImageSelection.Below("a"))).containsExactly("/a/*");
	}

}
