package ai.doxle.imageorigin.offheap;

import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.FileRegion;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import ai.doxle.imageorigin.image.ByteSpan;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Files of images that were freed, and images that are loaded into them.
 */
@EnabledOnOs(OS.LINUX)
class SpareFilesTests {

	@Test
	void loadsAnImageIntoTheFileOfOneThatWasNotSent() throws IOException {
		ImageMemory memory = new ImageMemory(10_000_000, 10_000_000, 10_000_000);
		ImageBytes first = FilledImages.filled(memory, 100_000, 1);
		first.release();
		assertThat(memory.spareFiles()).isOne();
		assertThat(memory.spareBytes()).isEqualTo(25 * 4096);
		assertThat(memory.used()).isZero();
		long before = FilledImages.openFiles();
		ImageBytes second = memory.allocate(95_000);
		assertThat(memory.spareFiles()).isZero();
		assertThat(FilledImages.openFiles()).isEqualTo(before);
		assertThat(second.footprint()).isEqualTo(25 * 4096 + 3072);
		assertThat(second.length()).isEqualTo(95_000);
		second.append(FilledImages.piece(50_000, 2));
		assertThat(first.slice(new ByteSpan(0, 9))).isNull();
		second.release();
	}

	@Test
	void handsNothingOutOfWhatIsNotHereYet() {
		ImageMemory memory = new ImageMemory(10_000_000, 10_000_000, 10_000_000);
		FilledImages.filled(memory, 100_000, 1).release();
		ImageBytes image = memory.allocate(100_000);
		image.append(FilledImages.piece(50_000, 2));
		assertThat(image.slice(ByteSpan.whole(100_000))).isNull();
		assertThat(image.regions(new ByteSpan(10_000, 50_000))).isEmpty();
		ByteBuf here = image.slice(ByteSpan.whole(50_000));
		assertThat(here.forEachByte((value) -> value == 2)).isEqualTo(-1);
		here.release();
		image.release();
	}

	@Test
	void wastesLittleOnSpareFiles() {
		ImageMemory memory = new ImageMemory(10_000_000, 10_000_000, 10_000_000);
		FilledImages.filled(memory, 100_000, 1).release();
		ImageBytes larger = memory.allocate(110_000);
		ImageBytes smaller = memory.allocate(90_000);
		assertThat(memory.spareFiles()).isOne();
		larger.release();
		smaller.release();
		assertThat(memory.spareFiles()).isEqualTo(3);
	}

	@Test
	void keepsSpareFilesWithinTheBoundOfLoads() throws IOException {
		ImageMemory memory = new ImageMemory(0, 8_000_000, 0);
		long before = FilledImages.openFiles();
		List<ImageBytes> images = IntStream.range(0, 20).mapToObj((i) -> memory.allocate(100_000)).toList();
		images.forEach(ImageBytes::release);
		memory.allocate(500_000).release();
		assertThat(memory.spareFiles()).isEqualTo(9);
		assertThat(FilledImages.openFiles() - before).isEqualTo(9);
		ImageBytes large = memory.allocate(7_500_000);
		assertThat(memory.spareFiles()).isEqualTo(4);
		assertThat(FilledImages.openFiles() - before).isEqualTo(5);
		large.release();
	}

	@Test
	void keepsNoMoreThanSoManySpareFiles() {
		ImageMemory memory = new ImageMemory(0, 80_000_000, 0);
		IntStream.range(0, 100).mapToObj((i) -> memory.allocate(50_000)).toList().forEach(ImageBytes::release);
		assertThat(memory.spareFiles()).isEqualTo(64);
	}

	@Test
	void closesAFileThatWasUsedAgainAndSent() throws IOException {
		ImageMemory memory = new ImageMemory(10_000_000, 10_000_000, 10_000_000);
		long before = FilledImages.openFiles();
		ImageBytes first = FilledImages.filled(memory, 100_000, 1);
		first.release();
		ImageBytes second = FilledImages.filled(memory, 100_000, 2);
		assertThat(first.regions(ByteSpan.whole(100_000))).isEmpty();
		List<FileRegion> sent = second.regions(ByteSpan.whole(100_000));
		second.release();
		assertThat(memory.used()).isEqualTo(100_000);
		sent.forEach(FileRegion::release);
		assertThat(memory.used()).isZero();
		assertThat(FilledImages.openFiles()).isEqualTo(before);
	}

	@Test
	void keepsNoFileThatASliceIsIn() {
		ImageMemory memory = new ImageMemory(10_000_000, 10_000_000, 10_000_000);
		ImageBytes image = FilledImages.filled(memory, 100_000, 1);
		ByteBuf slice = image.slice(new ByteSpan(0, 99));
		image.release();
		assertThat(memory.spareFiles()).isZero();
		ImageBytes another = FilledImages.filled(memory, 100_000, 2);
		assertThat(slice.forEachByte((value) -> value == 1)).isEqualTo(-1);
		slice.release();
		assertThat(memory.spareFiles()).isOne();
		another.release();
	}

	@Test
	void spareFilesMakeWayWhereNoneIsLeft() throws IOException {
		long before = FilledImages.openFiles();
		ImageMemory memory = new ImageMemory(0, 10_000_000, 0, new ImageBufferAllocator((int) before + 2));
		IntStream.range(0, 2).mapToObj((i) -> memory.allocate(100_000)).toList().forEach(ImageBytes::release);
		assertThat(memory.spareFiles()).isEqualTo(2);
		ImageBytes larger = FilledImages.filled(memory, 200_000, 1);
		assertThat(memory.spareFiles()).isZero();
		assertThat(FilledImages.openFiles() - before).isOne();
		larger.release();
	}

	@Test
	void keepsNothingOnceClosed() throws IOException {
		ImageMemory memory = new ImageMemory(0, 10_000_000, 0);
		long before = FilledImages.openFiles();
		ImageBytes image = memory.allocate(100_000);
		memory.allocate(100_000).release();
		memory.close();
		image.release();
		assertThat(FilledImages.openFiles()).isEqualTo(before);
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
				ImageBytes image = FilledImages.filled(memory, 90_000 + i % 7 * 1000, own);
				ByteBuf slice = image.slice(ByteSpan.whole(image.length()));
				image.release();
				assertThat(slice.forEachByte((value) -> value == own)).isEqualTo(-1);
				slice.release();
			}
		});
		assertThat(memory.used()).isZero();
	}

}
