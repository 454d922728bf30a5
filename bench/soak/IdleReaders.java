import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

import ai.doxle.imageorigin.harness.Crowd;
import ai.doxle.imageorigin.harness.OriginSettings;
import ai.doxle.imageorigin.harness.load.DelayedS3;
import ai.doxle.imageorigin.harness.load.GeneratedImage;
import ai.doxle.imageorigin.harness.load.PacedReader;
import ai.doxle.imageorigin.harness.load.PacedReader.Progress;

/**
 * Crowds of 40 that ask for cold images, and one client of an image in memory, first
 * alone and then beside 1,000 readers who take a byte now and then of images of 4 MiB.
 */
final class IdleReaders {

	private static final int READERS = 1000;

	private static final int CROWD = 40;

	private static final int[] SIZES = { 100 * 1024, 2048 * 1024 };

	private static final GeneratedImage HOT = GeneratedImage.in("projects/hot", 4096);

	private final Duration time;

	private final Table table = new Table();

	private int crowds;

	IdleReaders(Duration time) {
		this.time = time.dividedBy(2);
	}

	Table measure() throws Exception {
		Properties settings = OriginSettings.open();
		try (DelayedS3 s3 = new DelayedS3();
				PackagedOrigin origin = PackagedOrigin.start(s3.originProperties(), settings)) {
			crowds("warm-up", this.time.dividedBy(3), origin, s3, List.of());
			s3.delay(Duration.ofMillis(100)).pause(Duration.ofMillis(2));
			measure("alone", origin, s3, List.of());
			List<PacedReader> readers = readers(origin);
			measure("beside idle readers", origin, s3, readers);
			readOn("beside idle readers", readers);
		}
		return this.table;
	}

	private static List<PacedReader> readers(PackagedOrigin origin) throws Exception {
		List<PacedReader> readers = new ArrayList<>();
		for (int i = 0; i < READERS; i++) {
			readers.add(new PacedReader(origin.port(), GeneratedImage.in("projects/idle/" + i, 4096 * 1024)));
		}
		for (PacedReader reader : readers) {
			reader.readUntil(1, Duration.ofMillis(20));
		}
		return readers;
	}

	private void measure(String column, PackagedOrigin origin, DelayedS3 s3, List<PacedReader> readers)
			throws Exception {
		AtomicBoolean goesOn = new AtomicBoolean(true);
		AtomicLong refused = new AtomicLong();
		CompletableFuture<long[]> hits = CompletableFuture.supplyAsync(() -> hits(origin, goesOn, refused));
		List<Crowd.Response> responses = crowds(column, this.time, origin, s3, readers);
		goesOn.set(false);
		long[] micros = hits.join();
		this.table.put("responses to crowds", column, responses.size());
		for (Crowd.End end : Crowd.End.values()) {
			this.table.put("of them " + end.name().toLowerCase(), column,
					responses.stream().filter((response) -> response.end() == end).count());
		}
		this.table.put("503 to crowds", column, responses.stream().filter((response) -> response.status() == 503).count());
		long[] whole = responses.stream().mapToLong((response) -> response.lastByte().toMillis()).sorted().toArray();
		this.table.put("crowds, p50, ms", column, percentile(whole, 50));
		this.table.put("crowds, p99, ms", column, percentile(whole, 99));
		this.table.put("hits a second, one client", column, micros.length / this.time.toSeconds());
		this.table.put("hits refused", column, refused.get());
		this.table.put("hits, p50, us", column, percentile(micros, 50));
		this.table.put("hits, p99, us", column, percentile(micros, 99));
		this.table.put("turns of S3 held", column, origin.meter("image_origin_s3_reads"));
		this.table.put("bytes of images in memory", column, origin.meter("image_origin_memory_used_bytes"));
		this.table.put("resident, MiB", column, origin.mebibytes("VmRSS"));
	}

	/** One crowd after the other, each for a cold image, small and large in turn. */
	private List<Crowd.Response> crowds(String column, Duration time, PackagedOrigin origin, DelayedS3 s3,
			List<PacedReader> readers) throws Exception {
		List<Crowd.Response> responses = new ArrayList<>();
		List<GeneratedImage> images = new ArrayList<>();
		long end = System.nanoTime() + time.toNanos();
		while (System.nanoTime() - end < 0) {
			GeneratedImage image = GeneratedImage.in("projects/cold/" + this.crowds, SIZES[this.crowds++ % 2]);
			images.add(image);
			try (Crowd crowd = new Crowd(Map.of(image.tag(), image.bytes()))) {
				crowd.ask(CROWD, origin.image(image.key()));
				responses.addAll(crowd.responses());
			}
			readers.forEach((reader) -> reader.read(1));
		}
		if (!column.equals("warm-up")) {
			this.table.put("crowds", column, images.size());
			this.table.put("reads of S3 for them", column,
					images.stream().mapToLong((image) -> s3.gets(image.key())).sum());
		}
		return responses;
	}

	/** How long each response took, in microseconds, in ascending order. */
	private static long[] hits(PackagedOrigin origin, AtomicBoolean goesOn, AtomicLong refused) {
		List<Long> micros = new ArrayList<>();
		try (HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
			HttpRequest request = HttpRequest.newBuilder(origin.image(HOT.key())).build();
			while (goesOn.get()) {
				long begin = System.nanoTime();
				HttpResponse<byte[]> response = client.send(request, BodyHandlers.ofByteArray());
				micros.add((System.nanoTime() - begin) / 1000);
				if (response.statusCode() != 200) {
					refused.incrementAndGet();
				}
				else if (!Arrays.equals(response.body(), HOT.bytes())) {
					throw new IllegalStateException("other bytes than those that are stored");
				}
				Thread.sleep(1);
			}
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
		return micros.stream().mapToLong(Long::longValue).sorted().toArray();
	}

	/** All of them at once, a part each in turn. */
	private void readOn(String column, List<PacedReader> readers) throws Exception {
		for (Progress progress : Progress.values()) {
			this.table.put("idle readers " + progress.name().toLowerCase(), column,
					readers.stream().filter((reader) -> reader.progress() == progress).count());
		}
		for (PacedReader reader : readers) {
			reader.readToEnd(Duration.ofSeconds(5));
			reader.close();
		}
		for (Progress progress : Progress.values()) {
			this.table.put("reading on: " + progress.name().toLowerCase(), column,
					readers.stream().filter((reader) -> reader.progress() == progress).count());
		}
	}

	private static long percentile(long[] ordered, int percent) {
		return (ordered.length == 0) ? 0 : ordered[Math.min(ordered.length - 1, ordered.length * percent / 100)];
	}

}
