package ai.doxle.imageorigin.operation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import ai.doxle.imageorigin.harness.GeneratedS3;
import ai.doxle.imageorigin.harness.OriginProcess;
import ai.doxle.imageorigin.harness.OriginSettings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

@EnabledOnOs(OS.LINUX)
class CompilerPriorityIT {

	/** In {@code /proc/<pid>/stat}, counted from behind the name. */
	private static final int NICENESS = 16;

	@Test
	void c2GivesWayAndNobodyElse() throws IOException {
		try (GeneratedS3 s3 = new GeneratedS3();
				OriginProcess origin = OriginProcess.start(List.of("-Dai.doxle.imageorigin.c2-niceness=5"),
						s3.originProperties(0), OriginSettings.open())) {
			int own = niceness(stat(Path.of("/proc/self")));
			await().atMost(Duration.ofMinutes(1))
				.untilAsserted(() -> assertThat(niceness(origin, "C2 Compiler")).isNotEmpty().containsOnly(own + 5));
			assertThat(niceness(origin, "C1 Compiler")).isNotEmpty().containsOnly(own);
			assertThat(niceness(origin, "images")).isNotEmpty().containsOnly(own);
		}
	}

	private static List<Integer> niceness(OriginProcess origin, String name) throws IOException {
		try (Stream<Path> threads = Files.list(Path.of("/proc", Long.toString(origin.pid()), "task"))) {
			return threads.map(CompilerPriorityIT::stat)
				.filter((stat) -> stat.contains("(" + name))
				.map(CompilerPriorityIT::niceness)
				.toList();
		}
	}

	private static int niceness(String stat) {
		return Integer.parseInt(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[NICENESS]);
	}

	/** Empty if the thread has just ended. */
	private static String stat(Path thread) {
		try {
			return Files.readString(thread.resolve("stat"));
		}
		catch (IOException ex) {
			return "";
		}
	}

}
