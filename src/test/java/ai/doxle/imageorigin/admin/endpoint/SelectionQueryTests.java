package ai.doxle.imageorigin.admin.endpoint;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullAndEmptySource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.http.HttpStatus;

import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSelection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class SelectionQueryTests {

	@ParameterizedTest
	@CsvSource({ "key=a/b.jpg, a/b.jpg", "key=a%2Fb.jpg, a/b.jpg", "key=a+b, a b", "key=a%2Bb, a+b",
			"key=a%252Bb, a%2Bb", "key=a%20b, a b", "key=a%252Fb, a%2Fb", "key=a=b, a=b", "key=%E2%9C%93, ✓",
			"key=a%26b, a&b" })
	void decodesOnce(String query, String key) {
		assertThat(SelectionQuery.read(query)).isEqualTo(new ImageSelection.OneImage(new ImageKey(key)));
	}

	@Test
	void readsPrefixesAndTags() {
		assertThat(SelectionQuery.read("prefix=projects/80/")).isEqualTo(new ImageSelection.Below("projects/80"));
		assertThat(SelectionQuery.read("tag=project:123")).isEqualTo(new ImageSelection.Tagged("project:123"));
		assertThat(SelectionQuery.read("tag=block%3A4.5")).isEqualTo(new ImageSelection.Tagged("block:4.5"));
	}

	@ParameterizedTest
	@NullAndEmptySource
	@ValueSource(strings = { "key", "key=", "key=a&tag=project:1", "key=a&key=b", "keys=a", "key=a/../b", "key=%zz",
			"key=%", "key=%FF", "key=%C0%AF", "key=%00", "prefix=", "prefix=/", "prefix=..", "tag=", "tag=123",
			"tag=project:", "tag=project:a,b", "tag=house:1", "tag=key:0123456789abcdef", "=a" })
	void refusesWhatCannotBeMeant(String query) {
		assertThatThrownBy(() -> SelectionQuery.read(query)).isInstanceOfSatisfying(InvalidAdminRequestException.class,
				(refusal) -> assertThat(refusal.status()).isEqualTo(HttpStatus.BAD_REQUEST));
	}

	@Test
	void wantsAKeyWhereOnlyAKeyWillDo() {
		assertThat(SelectionQuery.readKey("key=a")).isEqualTo(new ImageKey("a"));
		assertThatThrownBy(() -> SelectionQuery.readKey("tag=project:1"))
			.isInstanceOf(InvalidAdminRequestException.class);
	}

}
