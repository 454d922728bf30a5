package ai.doxle.imageorigin.image;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class ByteSpanTests {

	@Test
	void includesBothEnds() {
		assertThat(new ByteSpan(3, 3).length()).isEqualTo(1);
		assertThat(ByteSpan.whole(10)).isEqualTo(new ByteSpan(0, 9));
		assertThat(new ByteSpan(3, 7)).hasToString("3-7");
	}

	@Test
	void mayBeEmpty() {
		assertThat(ByteSpan.whole(0).isEmpty()).isTrue();
		assertThat(new ByteSpan(5, 4).isEmpty()).isTrue();
		assertThat(new ByteSpan(5, 5).isEmpty()).isFalse();
	}

	@Test
	void refusesWhatIsNoSpan() {
		assertThatIllegalArgumentException().isThrownBy(() -> new ByteSpan(-1, 3));
		assertThatIllegalArgumentException().isThrownBy(() -> new ByteSpan(5, 3));
		assertThatIllegalArgumentException().isThrownBy(() -> new ByteSpan(3, 5).skip(4));
	}

	@Test
	void skipsItsFirstBytes() {
		assertThat(new ByteSpan(3, 7).skip(0)).isEqualTo(new ByteSpan(3, 7));
		assertThat(new ByteSpan(3, 7).skip(2)).isEqualTo(new ByteSpan(5, 7));
		assertThat(new ByteSpan(3, 7).skip(5).isEmpty()).isTrue();
	}

	@Test
	void overlapsWhereOneByteIsShared() {
		ByteSpan span = new ByteSpan(3, 7);
		assertThat(span.overlaps(new ByteSpan(7, 9))).isTrue();
		assertThat(span.overlaps(new ByteSpan(0, 3))).isTrue();
		assertThat(span.overlaps(new ByteSpan(4, 5))).isTrue();
		assertThat(span.overlaps(new ByteSpan(0, 9))).isTrue();
		assertThat(span.overlaps(new ByteSpan(8, 9))).isFalse();
		assertThat(span.overlaps(new ByteSpan(0, 2))).isFalse();
	}

}
