import java.io.IOException;
import java.net.URLDecoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import ai.doxle.imageorigin.harness.LocalRedis;
import ai.doxle.imageorigin.harness.LocalS3;
import ai.doxle.imageorigin.harness.LocalSqs;
import ai.doxle.imageorigin.harness.OriginSettings;
import ai.doxle.imageorigin.harness.SampleImages;

/**
 * Two regions, each with its bucket, queue, Redis and instance: uploads to the first, 20
 * a second and then 2,000 at once, beside readers, first while no instance is told of
 * them and then while all are; and purges in the first until the image is gone in both.
 */
final class Events {

	private static final String BUCKET = "images";

	private static final int PER_SECOND = 20;

	private static final int AT_ONCE = 2_000;

	private static final int READERS = 10;

	private static final int READ_IMAGES = 100;

	private static final int PURGES = 100;

	private static final byte[] IMAGE = SampleImages.noise(185, 1);

	private static final Duration PATIENCE = Duration.ofMinutes(2);

	/** Seldom enough that looking for an image is not the load. */
	private static final Duration LOOK = Duration.ofMillis(25);

	/** A queue that nobody reads, and what is announced there. */
	private static final String UNTOLD = "untold";

	/** How often an image is looked for, as a rule, until it is there. */
	private static final int LOOKS = 3;

	private final Duration time;

	private final Table table = new Table();

	private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

	private final AtomicInteger failures = new AtomicInteger();

	private volatile List<Long> reads = Collections.synchronizedList(new ArrayList<>());

	private volatile boolean over;

	private Region london;

	private Region sydney;

	Events(Duration time) {
		this.time = time;
	}

	Table measure() throws Exception {
		this.london = new Region("eu-west-2", (key) -> {
		});
		this.sydney = new Region("ap-southeast-2", (key) -> this.london.s3.put(key, "image/png", IMAGE));
		this.london.start(this.sydney);
		this.sydney.start(this.london);
		try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor();
				AutoCloseable readers = () -> this.over = true) {
			for (int i = 0; i < READ_IMAGES; i++) {
				this.sydney.s3.put("read/" + i, "image/png", IMAGE);
			}
			this.sydney.await("read/" + (READ_IMAGES - 1), true);
			for (int i = 0; i < READERS; i++) {
				clients.submit(this::read);
			}
			upload(clients, "warm-up", Duration.ofSeconds(15), PER_SECOND, null);
			collectReads("readers alone", () -> Thread.sleep(this.time));
			collectReads("readers beside 20 uploads a second, untold", () -> store(clients, this.time));
			collectReads("readers beside 2,000 uploads at once, untold", () -> {
				storeAtOnce(clients, UNTOLD + "/burst");
				awaitUntold((int) (this.time.toSeconds() * PER_SECOND) + AT_ONCE);
			});
			collectReads("readers beside 20 uploads a second",
					() -> upload(clients, "paced", this.time, PER_SECOND, "20 uploads a second"));
			collectReads("readers beside 2,000 uploads at once", () -> burst(clients));
			purge();
		}
		this.table.put("reads that failed, or had other bytes", "count", this.failures);
		this.table.put("events that failed", "count",
				this.sydney.origin.meter("image_origin_events_dead_letters_total"));
		this.sydney.close();
		this.london.close();
		return this.table;
	}

	private void collectReads(String row, Step step) throws Exception {
		this.reads = Collections.synchronizedList(new ArrayList<>());
		Cpu before = Cpu.of(this.sydney.origin, this.london.origin);
		long begin = System.nanoTime();
		step.run();
		double seconds = (System.nanoTime() - begin) / 1e9;
		Cpu used = Cpu.of(this.sydney.origin, this.london.origin).since(before);
		report(row + ", ms", List.copyOf(this.reads));
		this.table.put(row + ", ms", "origins' cores", String.format("%.2f", used.origins() / seconds));
		this.table.put(row + ", ms", "harness' cores", String.format("%.2f", used.harness() / seconds));
	}

	/** Waits until all that nobody is told of is stored and announced in both regions. */
	private void awaitUntold(int count) throws InterruptedException {
		while (this.sydney.sqs.waiting(UNTOLD) < count || this.london.sqs.waiting(UNTOLD) < count) {
			Thread.sleep(50);
		}
	}

	/**
	 * What the emulation takes for uploads at the same rate, looks included, of which no
	 * instance hears.
	 */
	private void store(ExecutorService clients, Duration howLong) throws Exception {
		int count = (int) (howLong.toSeconds() * PER_SECOND);
		Semaphore done = new Semaphore(0);
		long begin = System.nanoTime();
		for (int i = 0; i < count; i++) {
			String key = "projects/" + UNTOLD + "/paced/" + i;
			long due = begin + i * Duration.ofSeconds(1).toNanos() / PER_SECOND;
			Thread.sleep(Duration.ofNanos(Math.max(0, due - System.nanoTime())));
			clients.submit(() -> {
				this.sydney.s3.put(key, "image/png", IMAGE);
				for (int look = 0; look < LOOKS; look++) {
					this.sydney.origin.find(key);
					this.london.origin.find(key);
					Thread.sleep(LOOK);
				}
				done.release();
				return null;
			});
		}
		if (!done.tryAcquire(count, PATIENCE.plus(howLong).toSeconds(), TimeUnit.SECONDS)) {
			throw new IOException("not all uploads could be stored");
		}
	}

	private void report(String row, List<Long> nanos) {
		long[] sorted = nanos.stream().mapToLong(Long::longValue).sorted().toArray();
		this.table.put(row, "count", sorted.length);
		this.table.put(row, "p50", millis(sorted, 0.5));
		this.table.put(row, "p99", millis(sorted, 0.99));
		this.table.put(row, "longest", millis(sorted, 1));
	}

	private static String millis(long[] sorted, double share) {
		return (sorted.length == 0) ? "none"
				: String.format("%.1f", sorted[(int) Math.min(sorted.length - 1L, (long) (share * sorted.length))] / 1e6);
	}

	private Void read() throws InterruptedException {
		for (int i = 0; !this.over; i++) {
			long begin = System.nanoTime();
			try {
				HttpResponse<byte[]> response = this.client.send(
						HttpRequest.newBuilder(this.sydney.origin.image("read/" + i % READ_IMAGES))
							.timeout(PATIENCE)
							.build(),
						BodyHandlers.ofByteArray());
				this.reads.add(System.nanoTime() - begin);
				this.failures.addAndGet(Arrays.equals(response.body(), IMAGE) ? 0 : 1);
			}
			catch (IOException ex) {
				this.failures.incrementAndGet();
			}
			Thread.sleep(20);
		}
		return null;
	}

	/** Uploads at a steady rate, each of which is watched until both regions have it. */
	private void upload(ExecutorService clients, String name, Duration howLong, int perSecond, String row)
			throws Exception {
		List<Long> here = Collections.synchronizedList(new ArrayList<>());
		List<Long> there = Collections.synchronizedList(new ArrayList<>());
		int count = (int) (howLong.toSeconds() * perSecond);
		Semaphore done = new Semaphore(0);
		long begin = System.nanoTime();
		for (int i = 0; i < count; i++) {
			String key = "projects/" + name + "/" + i;
			long due = begin + i * Duration.ofSeconds(1).toNanos() / perSecond;
			Thread.sleep(Duration.ofNanos(Math.max(0, due - System.nanoTime())));
			clients.submit(() -> {
				this.sydney.s3.put(key, "image/png", IMAGE);
				long stored = System.nanoTime();
				clients.submit(() -> watch(this.london, key, stored, there, done));
				return watch(this.sydney, key, stored, here, done);
			});
		}
		if (!done.tryAcquire(2 * count, PATIENCE.plus(howLong).toSeconds(), TimeUnit.SECONDS)) {
			throw new IOException("not all uploads of " + name + " are in both regions");
		}
		double rate = count / ((System.nanoTime() - begin) / 1e9);
		if (row != null) {
			report(row + ": stored to cached in its region, ms", here);
			report(row + ": stored to cached in the other region, ms", there);
			this.table.put(row + ": stored to cached in its region, ms", "a second", String.format("%.1f", rate));
		}
	}

	private static Void watch(Region region, String key, long since, List<Long> times, Semaphore done)
			throws Exception {
		try {
			region.await(key, true);
			times.add(System.nanoTime() - since);
		}
		finally {
			done.release();
		}
		return null;
	}

	private void storeAtOnce(ExecutorService clients, String name) throws InterruptedException {
		Semaphore room = new Semaphore(8);
		for (int i = 0; i < AT_ONCE; i++) {
			String key = "projects/" + name + "/" + i;
			room.acquire();
			clients.submit(() -> {
				try {
					this.sydney.s3.put(key, "image/png", IMAGE);
				}
				finally {
					room.release();
				}
			});
		}
		room.acquire(8);
	}

	private void burst(ExecutorService clients) throws Exception {
		long begin = System.nanoTime();
		storeAtOnce(clients, "burst");
		double stored = (System.nanoTime() - begin) / 1e9;
		while (!this.sydney.sqs.isEmpty("events") || !this.london.sqs.isEmpty("events")) {
			Thread.sleep(50);
		}
		double cached = (System.nanoTime() - begin) / 1e9;
		this.table.put("2,000 uploads at once: stored after, s", "count", String.format("%.1f", stored));
		this.table.put("2,000 uploads at once: cached in both regions after, s", "count",
				String.format("%.1f", cached));
		this.table.put("2,000 uploads at once: cached in both regions after, s", "a second",
				String.format("%.1f", AT_ONCE / cached));
	}

	private void purge() throws Exception {
		List<Long> times = new ArrayList<>();
		List<Long> responses = new ArrayList<>();
		for (int i = 0; i < PURGES; i++) {
			String key = "projects/purged/" + i;
			this.sydney.s3.put(key, "image/png", IMAGE);
			this.sydney.await(key, true);
			this.london.await(key, true);
			long begin = System.nanoTime();
			this.sydney.origin.purge("key=" + key);
			responses.add(System.nanoTime() - begin);
			this.sydney.await(key, false);
			this.london.await(key, false);
			times.add(System.nanoTime() - begin);
		}
		report("purge in one region to its response, ms", responses);
		report("purge in one region to gone in both, ms", times);
	}

	/**
	 * Processor time.
	 *
	 * @param origins of the instances, in seconds
	 * @param harness of this process, with its clients, S3 and SQS, in seconds
	 */
	private record Cpu(double origins, double harness) {

		static Cpu of(PackagedOrigin... origins) {
			return new Cpu(Arrays.stream(origins).mapToDouble(PackagedOrigin::cpuSeconds).sum(),
					PackagedOrigin.cpuSeconds(ProcessHandle.current()));
		}

		Cpu since(Cpu before) {
			return new Cpu(this.origins - before.origins, this.harness - before.harness);
		}

	}

	/** Something that takes a while. */
	private interface Step {

		void run() throws Exception;

	}

	/** Has an upload replicated. */
	private interface Replication {

		void stored(String key);

	}

	private static final class Region implements AutoCloseable {

		private final String name;

		private final LocalSqs sqs = LocalSqs.start().withQueue("events").withQueue(UNTOLD);

		private final LocalRedis redis = LocalRedis.start();

		private final LocalS3 s3;

		private PackagedOrigin origin;

		Region(String name, Replication replication) {
			this.name = name;
			this.s3 = LocalS3.start(BUCKET, 0, (event) -> {
				String key = key(event);
				this.sqs.send(key.startsWith("projects/" + UNTOLD) ? UNTOLD : "events", List.of(event));
				replication.stored(key);
			});
		}

		private static String key(String event) {
			JsonNode object = JsonMapper.shared().readTree(event).path("Records").get(0).path("s3").path("object");
			return URLDecoder.decode(object.path("key").stringValue(), StandardCharsets.UTF_8);
		}

		void start(Region peer) throws Exception {
			Properties queue = this.sqs.originProperties("events", this.name);
			this.origin = PackagedOrigin.start(this.s3.originProperties(0), this.redis.originProperties(), queue,
					peer.sqs.peerProperties(0, "events", peer.name), OriginSettings.open());
		}

		/** Waits until an image is in Redis, or in no tier. */
		void await(String key, boolean isThere) throws Exception {
			long deadline = System.nanoTime() + PATIENCE.toNanos();
			while (true) {
				String found = this.origin.find(key);
				if (isThere ? found.contains("\"redis\":{") : found.contains("\"memory\":null,\"redis\":null")) {
					return;
				}
				if (System.nanoTime() > deadline) {
					throw new IOException(this.name + ": " + found);
				}
				Thread.sleep(LOOK);
			}
		}

		@Override
		public void close() throws IOException {
			this.origin.close();
			this.s3.close();
			this.redis.close();
			this.sqs.close();
		}

	}

}
