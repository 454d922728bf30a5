package ai.doxle.imageorigin.cache;

import ai.doxle.imageorigin.image.ByteSpan;
import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;

@ExtendWith(OutputCaptureExtension.class)
class ImageMemoryTests {

	@Test
	void givesNoMoreThanItsLimit() {
		ImageMemory memory = new ImageMemory(1000);
		ImageBytes bytes = memory.allocate(600);
		assertThat(memory.allocate(401)).isNull();
		assertThat(memory.used()).isEqualTo(600);
		bytes.release();
		assertThat(memory.used()).isZero();
	}

	@Test
	void countsWhatAConnectionStillHolds() {
		ImageMemory memory = new ImageMemory(1000);
		ImageBytes bytes = memory.allocate(600);
		ByteBuf unsent = bytes.slice(new ByteSpan(100, 199));
		bytes.release();
		assertThat(memory.used()).isEqualTo(600);
		assertThat(memory.allocate(600)).isNull();
		unsent.release();
		assertThat(memory.used()).isZero();
	}

	@Test
	void givesNothingWhileTheJvmHasNothingAndSaysSoNowAndThen(CapturedOutput output) {
		ImageMemory memory = new ImageMemory(1000, new ExhaustedAllocator());
		for (int i = 0; i < 3; i++) {
			assertThat(memory.allocate(600)).isNull();
			assertThat(memory.used()).isZero();
		}
		assertThat(output).containsOnlyOnce("-XX:MaxDirectMemorySize");
	}

	private static final class ExhaustedAllocator extends AbstractByteBufAllocator {

		ExhaustedAllocator() {
			super(true);
		}

		@Override
		protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
			throw new OutOfMemoryError("failed to allocate");
		}

		@Override
		protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
			return Unpooled.buffer(initialCapacity, maxCapacity);
		}

		@Override
		public boolean isDirectBufferPooled() {
			return false;
		}

	}

}
