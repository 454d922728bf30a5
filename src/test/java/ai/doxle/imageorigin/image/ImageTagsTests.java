package ai.doxle.imageorigin.image;

import java.util.stream.Collectors;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class ImageTagsTests {

	/** With {@code project:}, more than CloudFront's 256 characters. */
	private static final String LONG_ID = "projects/"
			+ "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
			+ "0123456789abcdef0123456789abcdef0/a";

	@ParameterizedTest
	@CsvSource(delimiter = ' ', textBlock = """
			projects/123/blocks/456/a.jpg project:123,block:456
			projects/123/a.jpg project:123
			blocks/456/projects/123/a.jpg block:456,project:123
			x/projects/a.b_C-9/y project:a.b_C-9
			/projects/1/a project:1
			""")
	void namesProjectAndBlock(String key, String tags) {
		assertThat(String.join(",", ImageTags.of(new ImageKey(key)))).isEqualTo(tags);
	}

	@ParameterizedTest
	@CsvSource(delimiter = ' ', textBlock = """
			projects/123/blocks/456/a.jpg project:123,block:456,key:a5ade2b9ab6669f1
			a.jpg key:509b0d4641a7c3ba
			fa\u00E7ade.jpg key:58eb025265f4fd4d
			""")
	void namesTheImageItselfLast(String key, String tags) {
		assertThat(ImageTags.all(new ImageKey(key))).isEqualTo(tags);
	}

	/** CloudFront looks at 50 tags of an object. */
	@Test
	void namesFiftyTagsAtMost() {
		ImageKey key = new ImageKey(
				IntStream.range(0, 60).mapToObj((i) -> "projects/" + i + "/").collect(Collectors.joining()) + "a.jpg");
		assertThat(ImageTags.all(key).split(",")).hasSize(50)
			.startsWith("project:0", "project:1")
			.contains("project:48")
			.endsWith(ImageTags.own(key));
	}

	@ParameterizedTest
	@CsvSource({ "projects/123, project:123", "projects/123/blocks/456, block:456", "old/projects/1, project:1" })
	void namesTheTagOfADirectory(String path, String tag) {
		assertThat(ImageTags.ofDirectory(path)).isEqualTo(tag);
	}

	@ParameterizedTest
	@ValueSource(strings = { "projects", "projects/123/blocks", "projects/123/x", "projects/a b", "projects/", "x" })
	void otherDirectoriesHaveNoTag(String path) {
		assertThat(ImageTags.ofDirectory(path)).isNull();
	}

	@ParameterizedTest
	@ValueSource(strings = { "key:0123456789abcdef", "project:", "project:a,b", "house:1", "" })
	void imagesDoNotShareOtherTags(String tag) {
		assertThat(ImageTags.isTag(tag)).isFalse();
	}

	@ParameterizedTest
	@ValueSource(strings = { "a.jpg", "projects", "projects/1", "project/1/a", "Projects/1/a", "projects//a",
			"projects/a b/c", "projects/a,b/c", LONG_ID, "projects/\u00E9/c", "projects/a:b/c" })
	void givesNoTagToOtherKeys(String key) {
		assertThat(ImageTags.of(new ImageKey(key))).isEmpty();
	}

}
