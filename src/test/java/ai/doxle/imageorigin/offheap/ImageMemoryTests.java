package ai.doxle.imageorigin.offheap;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.FileRegion;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.core.io.buffer.DataBuffer;
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
		ImageBytes bytes = filled(memory, 600, 1);
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
		long before = descriptors();
		List<ImageBytes> images = IntStream.range(0, 80).mapToObj((i) -> filled(memory, 100_000, i)).toList();
		assertThat(descriptors() - before).isEqualTo(80);
		assertThat(images).allSatisfy((image) -> assertThat(image.footprint()).isEqualTo(25 * 4096 + 3072));
		// one that is sent has a channel in place of its first descriptor
		images.forEach((image) -> image.regions(ByteSpan.whole(100_000)).forEach(FileRegion::release));
		assertThat(descriptors() - before).isEqualTo(80);
		images.forEach(ImageBytes::release);
		assertThat(descriptors()).isEqualTo(before);
		assertThat(memory.spareFiles()).isZero();
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void loadsAnImageIntoTheFileOfOneThatWasNotSent() throws IOException {
		ImageMemory memory = new ImageMemory(10_000_000, 10_000_000, 10_000_000);
		ImageBytes first = filled(memory, 100_000, 1);
		first.release();
		assertThat(memory.spareFiles()).isOne();
		assertThat(memory.spareBytes()).isEqualTo(25 * 4096);
		assertThat(memory.used()).isZero();
		long before = descriptors();
		ImageBytes second = memory.allocate(95_000);
		assertThat(memory.spareFiles()).isZero();
		assertThat(descriptors()).isEqualTo(before);
		assertThat(second.footprint()).isEqualTo(25 * 4096 + 3072);
		assertThat(second.length()).isEqualTo(95_000);
		second.append(piece(50_000, 2));
		assertThat(first.slice(new ByteSpan(0, 9))).isNull();
		second.release();
	}

	@Test
	void handsNothingOutOfWhatIsNotHereYet() {
		ImageMemory memory = new ImageMemory(10_000_000, 10_000_000, 10_000_000);
		filled(memory, 100_000, 1).release();
		ImageBytes image = memory.allocate(100_000);
		image.append(piece(50_000, 2));
		assertThat(image.slice(ByteSpan.whole(100_000))).isNull();
		assertThat(image.regions(new ByteSpan(10_000, 50_000))).isEmpty();
		ByteBuf here = image.slice(ByteSpan.whole(50_000));
		assertThat(here.forEachByte((value) -> value == 2)).isEqualTo(-1);
		here.release();
		image.release();
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void wastesLittleOnSpareFiles() {
		ImageMemory memory = new ImageMemory(10_000_000, 10_000_000, 10_000_000);
		filled(memory, 100_000, 1).release();
		ImageBytes larger = memory.allocate(110_000);
		ImageBytes smaller = memory.allocate(90_000);
		assertThat(memory.spareFiles()).isOne();
		larger.release();
		smaller.release();
		assertThat(memory.spareFiles()).isEqualTo(3);
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void keepsSpareFilesWithinTheBoundOfLoads() throws IOException {
		ImageMemory memory = new ImageMemory(0, 8_000_000, 0);
		long before = descriptors();
		List<ImageBytes> images = IntStream.range(0, 20).mapToObj((i) -> memory.allocate(100_000)).toList();
		images.forEach(ImageBytes::release);
		memory.allocate(500_000).release();
		assertThat(memory.spareFiles()).isEqualTo(9);
		assertThat(descriptors() - before).isEqualTo(9);
		ImageBytes large = memory.allocate(7_500_000);
		assertThat(memory.spareFiles()).isEqualTo(4);
		assertThat(descriptors() - before).isEqualTo(5);
		large.release();
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void keepsNoMoreThanSoManySpareFiles() {
		ImageMemory memory = new ImageMemory(0, 80_000_000, 0);
		IntStream.range(0, 100).mapToObj((i) -> memory.allocate(50_000)).toList().forEach(ImageBytes::release);
		assertThat(memory.spareFiles()).isEqualTo(64);
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void closesAFileThatWasUsedAgainAndSent() throws IOException {
		ImageMemory memory = new ImageMemory(10_000_000, 10_000_000, 10_000_000);
		long before = descriptors();
		ImageBytes first = filled(memory, 100_000, 1);
		first.release();
		ImageBytes second = filled(memory, 100_000, 2);
		assertThat(first.regions(ByteSpan.whole(100_000))).isEmpty();
		List<FileRegion> sent = second.regions(ByteSpan.whole(100_000));
		second.release();
		assertThat(memory.used()).isEqualTo(100_000);
		sent.forEach(FileRegion::release);
		assertThat(memory.used()).isZero();
		assertThat(descriptors()).isEqualTo(before);
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void keepsNoFileThatASliceIsIn() {
		ImageMemory memory = new ImageMemory(10_000_000, 10_000_000, 10_000_000);
		ImageBytes image = filled(memory, 100_000, 1);
		ByteBuf slice = image.slice(new ByteSpan(0, 99));
		image.release();
		assertThat(memory.spareFiles()).isZero();
		ImageBytes another = filled(memory, 100_000, 2);
		assertThat(slice.forEachByte((value) -> value == 1)).isEqualTo(-1);
		slice.release();
		assertThat(memory.spareFiles()).isOne();
		another.release();
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void spareFilesMakeWayWhereNoneIsLeft() throws IOException {
		long before = descriptors();
		ImageMemory memory = new ImageMemory(0, 10_000_000, 0, new ImageBufferAllocator((int) before + 2));
		IntStream.range(0, 2).mapToObj((i) -> memory.allocate(100_000)).toList().forEach(ImageBytes::release);
		assertThat(memory.spareFiles()).isEqualTo(2);
		ImageBytes larger = filled(memory, 200_000, 1);
		assertThat(memory.spareFiles()).isZero();
		assertThat(descriptors() - before).isOne();
		larger.release();
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void keepsNothingOnceClosed() throws IOException {
		ImageMemory memory = new ImageMemory(0, 10_000_000, 0);
		long before = descriptors();
		ImageBytes image = memory.allocate(100_000);
		memory.allocate(100_000).release();
		memory.close();
		image.release();
		assertThat(descriptors()).isEqualTo(before);
	}

	/**
	 * Images of different bytes come and go at once; whatever is read of one is its own.
	 */
	@Test
	void neverShowsTheBytesOfAnotherImage() {
		ImageMemory memory = new ImageMemory(0, 4_000_000, 0);
		IntStream.range(0, 4).parallel().forEach((thread) -> {
			for (int i = 0; i < 500; i++) {
				byte own = (byte) (thread * 50 + i % 50);
				ImageBytes image = filled(memory, 90_000 + i % 7 * 1000, own);
				ByteBuf slice = image.slice(ByteSpan.whole(image.length()));
				image.release();
				assertThat(slice.forEachByte((value) -> value == own)).isEqualTo(-1);
				slice.release();
			}
		});
		assertThat(memory.used()).isZero();
	}

	private static ImageBytes filled(ImageMemory memory, int length, int value) {
		ImageBytes image = memory.allocate(length);
		image.append(piece(length, value));
		return image;
	}

	private static DataBuffer piece(int length, int value) {
		byte[] bytes = new byte[length];
		Arrays.fill(bytes, (byte) value);
		return DefaultDataBufferFactory.sharedInstance.wrap(bytes);
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

	private static long descriptors() throws IOException {
		try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
			return files.filter((file) -> isMemory(file)).count();
		}
	}

	private static boolean isMemory(Path file) {
		try {
			return Files.readSymbolicLink(file).toString().startsWith("/memfd:image");
		}
		catch (IOException ex) {
			return false;
		}
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
