package ai.doxle.imageorigin.admin.cloudfront;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSelection;
import ai.doxle.imageorigin.image.ImageTags;

import static org.assertj.core.api.Assertions.assertThat;

class InvalidationPathsTests {

	private final InvalidationPaths paths = new InvalidationPaths("/proxy-image");

	@ParameterizedTest
	@CsvSource({ "projects/1/blocks/2/img.jpg", "photo (1), left.jpg", "~home", "a+b%20c" })
	void purgesAKeyByItsOwnTagHoweverItsPathIsSpelled(String key) {
		ImageKey image = new ImageKey(key);
		assertThat(this.paths.of(new ImageSelection.OneImage(image))).containsExactly("#" + ImageTags.own(image));
		assertThat(ImageTags.own(image)).matches("key:[0-9a-f]{16}");
	}

	@ParameterizedTest
	@CsvSource({ "site photos [1], /proxy-image/site%20photos%20%5B1%5D/*",
			"fa\u00E7ade \u2713, /proxy-image/fa%C3%A7ade%20%E2%9C%93/*", "100%, /proxy-image/100%25/*",
			"a?b#c, /proxy-image/a%3Fb%23c/*", "a//b, /proxy-image/a//b/*",
			"{}|\\^`\"<>, /proxy-image/%7B%7D%7C%5C%5E%60%22%3C%3E/*" })
	void encodesWhatIsUnsafe(String path, String item) {
		assertThat(this.paths.of(new ImageSelection.Below(path))).containsExactly(item);
	}

	/**
	 * encodeURI, encodeURIComponent for each segment, and everything that is reserved.
	 */
	@Test
	void namesAllSpellingsOfAPrefixWhereClientsDiffer() {
		assertThat(this.paths.of(new ImageSelection.Below("a/photos (1), left"))).containsExactlyInAnyOrder(
				"/proxy-image/a/photos%20(1),%20left/*", "/proxy-image/a/photos%20(1)%2C%20left/*",
				"/proxy-image/a/photos%20%281%29%2C%20left/*");
		assertThat(this.paths.of(new ImageSelection.Below("~home"))).containsExactlyInAnyOrder("/proxy-image/~home/*",
				"/proxy-image/%7Ehome/*");
	}

	@ParameterizedTest
	@CsvSource({ "projects/80, #project:80", "projects/80/blocks/9, #block:9" })
	void namesTheTagOfAProjectOrBlock(String path, String item) {
		assertThat(this.paths.of(new ImageSelection.Below(path))).containsExactly(item);
	}

	@Test
	void endsPrefixesInAWildcard() {
		assertThat(this.paths.of(new ImageSelection.Below("projects/80/plans")))
			.containsExactly("/proxy-image/projects/80/plans/*");
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
