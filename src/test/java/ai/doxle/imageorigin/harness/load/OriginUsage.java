package ai.doxle.imageorigin.harness.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import reactor.core.Scannable;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

import ai.doxle.imageorigin.cache.LocalCache;
import ai.doxle.imageorigin.harness.RunningOrigin;
import ai.doxle.imageorigin.image.ImageSelection;
import ai.doxle.imageorigin.offheap.ImageMemory;

/**
 * What an origin in this process holds for answers under way, once its cache is empty. An
 * origin at rest holds nothing.
 *
 * @param memory bytes outside the heap that images take
 * @param turns reads of S3 under way, and those that wait for their turn
 * @param bodies bodies being read from S3, as the origin counts them
 * @param loads images being loaded
 * @param sent bodies being sent by S3
 * @param files open files in memory, which images lie in, but for those that are spare
 * @param sockets open sockets, but for those between the origin and S3
 * @param timers tasks of Reactor's that wait for their time, or are run
 */
public record OriginUsage(long memory, long turns, long bodies, long loads, long sent, long files, long sockets,
		long timers) {

	/** Empties the cache and looks; sends no request. */
	public static OriginUsage of(RunningOrigin origin, DelayedS3 s3) {
		origin.bean(LocalCache.class).forget(new ImageSelection.All());
		List<String> descriptors = descriptors();
		return new OriginUsage(origin.bean(ImageMemory.class).used(), gauges(origin, "image.origin.s3.reads"),
				gauges(origin, "image.origin.s3.open.bodies"), gauges(origin, "image.origin.loads.active"),
				s3.bodiesUnderWay(),
				descriptors.stream().filter((file) -> file.startsWith("/memfd:")).count()
						- origin.bean(ImageMemory.class).spareFiles(),
				descriptors.stream().filter((file) -> file.startsWith("socket:")).count() - 2L * s3.openConnections(),
				countTimers());
	}

	/** Whether nothing is held that was not held before. */
	public boolean isWithin(OriginUsage before) {
		return this.memory <= before.memory && this.turns <= before.turns && this.bodies <= before.bodies
				&& this.loads <= before.loads && this.sent <= before.sent && this.files <= before.files
				&& this.sockets <= before.sockets && this.timers <= before.timers;
	}

	/** All gauges whose names begin so, whatever their tags. */
	private static long gauges(RunningOrigin origin, String name) {
		return (long) origin.bean(MeterRegistry.class)
			.getMeters()
			.stream()
			.filter((meter) -> meter instanceof Gauge && meter.getId().getName().startsWith(name))
			.mapToDouble((meter) -> ((Gauge) meter).value())
			.sum();
	}

	/** Only the JVM's own if the system does not say. */
	private static List<String> descriptors() {
		Path folder = Path.of("/proc/self/fd");
		if (!Files.isDirectory(folder)) {
			return List.of();
		}
		try (Stream<Path> files = Files.list(folder)) {
			return files.map(OriginUsage::target).toList();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static String target(Path link) {
		try {
			return Files.readSymbolicLink(link).toString();
		}
		catch (IOException ex) {
			// it has just been closed
			return "";
		}
	}

	/** The scheduler that is shared does not tell; the one behind it does. */
	private static long countTimers() {
		try {
			Scheduler shared = Schedulers.parallel();
			Field behind = shared.getClass().getDeclaredField("cached");
			behind.setAccessible(true);
			return Scannable.from(behind.get(shared))
				.inners()
				.mapToLong((thread) -> thread.scanOrDefault(Scannable.Attr.BUFFERED, 0))
				.sum();
		}
		catch (ReflectiveOperationException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
