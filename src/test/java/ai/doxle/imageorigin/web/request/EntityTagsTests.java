package ai.doxle.imageorigin.web.request;

import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import ai.doxle.imageorigin.image.ETag;

import static org.assertj.core.api.Assertions.assertThat;

class EntityTagsTests {

	@Test
	void isEmptyWithoutHeader() {
		assertThat(EntityTags.of(List.of())).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "*", " * " })
	void matchesAnythingIfItIsAStar(String value) {
		assertThat(tags(value).matches((tag) -> false)).isTrue();
	}

	@Test
	void readsLists() {
		assertThat(tags("\"a\"").tags()).containsExactly(strong("a"));
		assertThat(tags("\"a\", W/\"b\" ,\"c\"").tags()).containsExactly(strong("a"), new ETag("b", true), strong("c"));
		assertThat(tags(",, \"a\",,\"b\",").tags()).containsExactly(strong("a"), strong("b"));
	}

	@Test
	void readsSeveralLinesAsOneList() {
		assertThat(tags("\"a\"", "W/\"b\", \"c\"").tags()).containsExactly(strong("a"), new ETag("b", true),
				strong("c"));
	}

	@Test
	void readsTagsWithCommasAndEmptyTags() {
		assertThat(tags("\"a,b\", \"\"").tags()).containsExactly(strong("a,b"), strong(""));
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "a", "\"a", "a\"", "w/\"a\"", "'a'", "\"a\"x", "\"a\" \"b\"", "\"*", "**" })
	void matchesNothingByWhatIsNoTag(String value) {
		assertThat(tags(value).matches((tag) -> tag.opaque().equals("a"))).isFalse();
		assertThat(tags(value).any()).isFalse();
	}

	@Test
	void doesNotTakeAStarWithinAListForAny() {
		assertThat(tags("*, \"a\"").any()).isFalse();
		assertThat(tags("\"*\"").any()).isFalse();
	}

	@Test
	void readsTagsBeforeWhatIsNoTag() {
		assertThat(tags("\"a\", b").tags()).containsExactly(strong("a"));
	}

	private static EntityTags tags(String... values) {
		return EntityTags.of(List.of(values)).orElseThrow();
	}

	private static ETag strong(String opaque) {
		return new ETag(opaque, false);
	}

}
