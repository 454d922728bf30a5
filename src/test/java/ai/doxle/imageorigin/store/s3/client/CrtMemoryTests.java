package ai.doxle.imageorigin.store.s3.client;

import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

class CrtMemoryTests {

	@Test
	void isEnoughForSoManyConnections() {
		assertThat(new CrtMemory(CrtMemory.CONNECTION * 7 + 1).connections()).isEqualTo(7);
		assertThat(new CrtMemory(-1).connections()).isZero();
		assertThat(new CrtMemory(Long.MAX_VALUE).connections()).isEqualTo(Integer.MAX_VALUE);
		assertThat(CrtMemory.ofThisProcess().connections()).isPositive();
	}

	@Test
	void endsTheStartWithASentenceIfItIsNot() {
		CrtMemory memory = new CrtMemory(CrtMemory.CONNECTION * 192);
		assertThatNoException().isThrownBy(() -> memory.check(192));
		assertThatExceptionOfType(InvalidConfigurationPropertyValueException.class).isThrownBy(() -> memory.check(512))
			.satisfies((failure) -> assertThat(failure.getReason())
				.isEqualTo("512 connections may take 416 MB outside the JVM, which leaves 156 MB: lower "
						+ "image-origin.store.max-connections to at most 192, give the machine more memory, "
						+ "or take auto or netty"));
	}

}
