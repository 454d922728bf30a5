package ai.doxle.imageorigin.image;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class ImageTagsTests {

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
	@ValueSource(strings = { "a.jpg", "projects", "projects/1", "project/1/a", "Projects/1/a", "projects//a",
			"projects/a b/c", "projects/a,b/c", "projects/\u00E9/c", "projects/a:b/c" })
	void givesNoTagToOtherKeys(String key) {
		assertThat(ImageTags.of(new ImageKey(key))).isEmpty();
	}

}
