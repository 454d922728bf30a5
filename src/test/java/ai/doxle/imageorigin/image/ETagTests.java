package ai.doxle.imageorigin.image;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ETagTests {

	private static final ETag STRONG = new ETag("a", false);

	private static final ETag WEAK = new ETag("a", true);

	@Test
	void readsTagsWithAndWithoutQuotes() {
		assertThat(ETag.parse("\"a\"")).isEqualTo(STRONG);
		assertThat(ETag.parse("a")).isEqualTo(STRONG);
		assertThat(ETag.parse("W/\"a\"")).isEqualTo(WEAK);
		assertThat(ETag.parse("\"\"")).isEqualTo(new ETag("", false));
		assertThat(ETag.parse("\"0123-2\"")).isEqualTo(new ETag("0123-2", false));
	}

	@Test
	void writesTagsAsHeadersDo() {
		assertThat(STRONG).hasToString("\"a\"");
		assertThat(WEAK).hasToString("W/\"a\"");
	}

	@Test
	void comparesStrongly() {
		assertThat(STRONG.matchesStrongly(ETag.parse("\"a\""))).isTrue();
		assertThat(STRONG.matchesStrongly(WEAK)).isFalse();
		assertThat(WEAK.matchesStrongly(STRONG)).isFalse();
		assertThat(WEAK.matchesStrongly(WEAK)).isFalse();
		assertThat(STRONG.matchesStrongly(ETag.parse("\"A\""))).isFalse();
	}

	@Test
	void comparesWeakly() {
		assertThat(STRONG.matchesWeakly(STRONG)).isTrue();
		assertThat(STRONG.matchesWeakly(WEAK)).isTrue();
		assertThat(WEAK.matchesWeakly(WEAK)).isTrue();
		assertThat(WEAK.matchesWeakly(ETag.parse("W/\"b\""))).isFalse();
	}

}
