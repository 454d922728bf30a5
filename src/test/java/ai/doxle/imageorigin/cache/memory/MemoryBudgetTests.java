package ai.doxle.imageorigin.cache.memory;

import java.time.Duration;

import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.util.unit.DataSize;

import ai.doxle.imageorigin.cache.CacheProperties;

import static org.assertj.core.api.Assertions.assertThat;

@ExtendWith(OutputCaptureExtension.class)
class MemoryBudgetTests {

	@Test
	void isWhatThePropertiesSayWhereTheJvmHasEnough(CapturedOutput output) {
		assertThat(budget(448))
			.isEqualTo(new MemoryBudget(DataSize.ofMegabytes(256), DataSize.ofMegabytes(64), DataSize.ofMegabytes(64)));
		assertThat(output).doesNotContain("image-origin.cache");
	}

	@ParameterizedTest
	@CsvSource({ "447, 383", "224, 160", "128, 64", "40, 20" })
	void isWhatTheJvmCanGiveOtherwise(int direct, int images, CapturedOutput output) {
		MemoryBudget budget = budget(direct);
		assertThat(budget.bytes()).isCloseTo(DataSize.ofMegabytes(images).toBytes(), Offset.offset(3L));
		assertThat(budget.cached().toBytes()).isCloseTo(4 * budget.loading().toBytes(), Offset.offset(4L));
		assertThat(output).containsOnlyOnce("Images get " + images + " MB outside the heap instead of the 384 MB")
			.contains("image-origin.cache.memory.max-size", "image-origin.cache.load-size",
					"image-origin.cache.evicted-size", "-XX:MaxDirectMemorySize=448m");
	}

	private static MemoryBudget budget(int direct) {
		return MemoryBudget.of(new MemoryCacheProperties(DataSize.ofMegabytes(256), DataSize.ofMegabytes(8)),
				new CacheProperties(Duration.ofSeconds(10), DataSize.ofMegabytes(64), DataSize.ofMegabytes(64)),
				DataSize.ofMegabytes(direct).toBytes());
	}

}
