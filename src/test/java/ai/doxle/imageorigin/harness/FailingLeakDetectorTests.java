package ai.doxle.imageorigin.harness;

import io.netty.buffer.ByteBuf;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class FailingLeakDetectorTests {

	@Test
	void watchesBuffersAtTheStrictestLevel() {
		assertThat(ResourceLeakDetectorFactory.instance().newResourceLeakDetector(ByteBuf.class))
			.isInstanceOf(FailingLeakDetector.class);
		assertThat(ResourceLeakDetector.getLevel()).isEqualTo(ResourceLeakDetector.Level.PARANOID);
	}

}
