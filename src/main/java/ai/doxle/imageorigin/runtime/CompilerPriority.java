package ai.doxle.imageorigin.runtime;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Configuration;
import reactor.core.scheduler.Schedulers;

/**
 * Has the JVM's second compiler, C2, give way to the threads that serve, soon after the
 * origin is ready: a process under misses gives it two fifths of a processor for the
 * first quarter of a minute, and a third for the next. The JVM's own option slows the
 * first compiler down as well, for whose code everybody waits.
 */
@Configuration(proxyBeanMethods = false)
class CompilerPriority implements ApplicationListener<ApplicationReadyEvent> {

	/**
	 * The system property for how much nicer C2 is than other threads
	 * ({@code setpriority(2)}): 1 to 19, where 5 is a third of their weight. Without it
	 * C2 has the weight of any other thread. Linux only.
	 */
	private static final String PROPERTY = "ai.doxle.imageorigin.c2-niceness";

	/** How long C2 takes for the code of hits, which is small and hot at once. */
	private static final long DELAY_SECONDS = 5;

	private static final Logger logger = LoggerFactory.getLogger(CompilerPriority.class);

	private static final Path THREADS = Path.of("/proc/self/task");

	/** As much of {@code C2 CompilerThread0} as Linux keeps. */
	private static final String NAME = "C2 CompilerThre";

	private static final int PRIO_PROCESS = 0;

	@Override
	public void onApplicationEvent(ApplicationReadyEvent event) {
		int niceness = Integer.getInteger(PROPERTY, 0);
		if (niceness > 0) {
			Schedulers.boundedElastic().schedule(() -> lower(niceness), DELAY_SECONDS, TimeUnit.SECONDS);
		}
	}

	/**
	 * All threads that the compilers will have are there: the options say so, since one
	 * that is started later has the priority of whichever compiler starts it.
	 */
	private static void lower(int niceness) {
		try {
			threads().forEach((thread) -> lower(thread, niceness));
		}
		catch (IOException ex) {
			logger.warn("C2 has the priority of other threads: {}", ex.toString());
		}
	}

	private static List<Integer> threads() throws IOException {
		try (Stream<Path> threads = Files.list(THREADS)) {
			return threads.filter(CompilerPriority::isC2)
				.map((thread) -> Integer.valueOf(thread.getFileName().toString()))
				.toList();
		}
	}

	private static boolean isC2(Path thread) {
		try {
			return Files.readString(thread.resolve("comm")).strip().equals(NAME);
		}
		catch (IOException ex) {
			// it has just ended
			return false;
		}
	}

	private static void lower(int thread, int niceness) {
		try {
			int before = (int) function("getpriority", 2).invokeExact(PRIO_PROCESS, thread);
			int refused = (int) function("setpriority", 3).invokeExact(PRIO_PROCESS, thread, before + niceness);
			if (refused != 0) {
				logger.warn("C2 has the priority of other threads: setpriority refuses");
			}
		}
		catch (Throwable ex) {
			logger.warn("C2 has the priority of other threads: {}", ex.toString());
		}
	}

	/** A function of numbers; the manual page of the same name tells of them. */
	@SuppressWarnings("restricted") // asked for by --enable-native-access
	private static MethodHandle function(String name, int arguments) {
		Linker linker = Linker.nativeLinker();
		MemoryLayout[] numbers = Collections.nCopies(arguments, ValueLayout.JAVA_INT).toArray(MemoryLayout[]::new);
		return linker.downcallHandle(linker.defaultLookup().findOrThrow(name),
				FunctionDescriptor.of(ValueLayout.JAVA_INT, numbers));
	}

}
