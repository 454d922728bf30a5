package ai.doxle.imageorigin.offheap;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.FileRegion;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;

import ai.doxle.imageorigin.image.ByteSpan;

import static org.assertj.core.api.Assertions.assertThat;

@ExtendWith(OutputCaptureExtension.class)
class ImageMemoryTests {

	private static final Duration TIMEOUT = Duration.ofSeconds(10);

	@Test
	void givesNoMoreThanItsLimit() {
		ImageMemory memory = new ImageMemory(1000, 1000, 1000);
		ImageBytes bytes = memory.allocate(600);
		assertThat(memory.allocate(401)).isNull();
		assertThat(memory.used()).isEqualTo(600);
		bytes.release();
		assertThat(memory.used()).isZero();
	}

	@Test
	void givesNothingToWhatNoBufferHolds() {
		long limit = 4L * Integer.MAX_VALUE;
		ImageMemory memory = new ImageMemory(limit, limit, limit);
		for (long length : new long[] { Integer.MAX_VALUE - 7, Integer.MAX_VALUE, Integer.MAX_VALUE + 1L }) {
			assertThat(memory.allocate(length)).isNull();
			assertThat(memory.awaitRoom(length).blockOptional(TIMEOUT)).isEmpty();
		}
		assertThat(memory.used()).isZero();
	}

	@Test
	void countsWhatAConnectionStillHolds() {
		ImageMemory memory = new ImageMemory(1000, 1000, 1000);
		ImageBytes bytes = FilledImages.filled(memory, 600, 1);
		ByteBuf unsent = bytes.slice(new ByteSpan(100, 199));
		bytes.release();
		assertThat(memory.used()).isEqualTo(600);
		assertThat(memory.allocate(600)).isNull();
		unsent.release();
		assertThat(memory.used()).isZero();
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void closesTheFilesOfImagesThatWereSent() throws IOException {
		ImageMemory memory = new ImageMemory(10_000_000, 10_000_000, 10_000_000);
		long before = FilledImages.openFiles();
		List<ImageBytes> images = IntStream.range(0, 80)
			.mapToObj((i) -> FilledImages.filled(memory, 100_000, i))
			.toList();
		assertThat(FilledImages.openFiles() - before).isEqualTo(80);
		assertThat(images).allSatisfy((image) -> assertThat(image.footprint()).isEqualTo(25 * 4096 + 3072));
		// one that is sent has a channel in place of its first descriptor
		images.forEach((image) -> image.regions(ByteSpan.whole(100_000)).forEach(FileRegion::release));
		assertThat(FilledImages.openFiles() - before).isEqualTo(80);
		images.forEach(ImageBytes::release);
		assertThat(FilledImages.openFiles()).isEqualTo(before);
		assertThat(memory.spareFiles()).isZero();
	}

	@Test
	void keepsImagesInOrdinaryMemoryWhenNoFileIsLeft() {
		ImageMemory memory = new ImageMemory(0, 10_000_000, 0, new ImageBufferAllocator(0));
		ImageBytes image = memory.allocate(100_000);
		image.append(DefaultDataBufferFactory.sharedInstance.wrap(new byte[100_000]));
		assertThat(image.regions(ByteSpan.whole(100_000))).isEmpty();
		ByteBuf slice = image.slice(ByteSpan.whole(100_000));
		assertThat(slice.readableBytes()).isEqualTo(100_000);
		slice.release();
		image.release();
		assertThat(memory.used()).isZero();
	}

	@Test
	void givesNothingWhileTheJvmHasNothingAndSaysSoNowAndThen(CapturedOutput output) {
		ImageMemory memory = new ImageMemory(0, 1000, 0, new ExhaustedAllocator());
		for (int i = 0; i < 3; i++) {
			assertThat(memory.allocate(600)).isNull();
			assertThat(memory.used()).isZero();
		}
		assertThat(output).containsOnlyOnce("-XX:MaxDirectMemorySize");
	}

	private static final class ExhaustedAllocator extends ImageBufferAllocator {

		@Override
		Room room(int length) {
			throw new OutOfMemoryError("failed to allocate");
		}

	}

}
