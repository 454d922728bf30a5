import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;

import ai.doxle.imageorigin.harness.OriginSettings;
import ai.doxle.imageorigin.harness.S3Object;
import ai.doxle.imageorigin.harness.SampleImages;
import ai.doxle.imageorigin.harness.ScriptedS3;
import ai.doxle.imageorigin.harness.ScriptedS3.Request;
import ai.doxle.imageorigin.harness.ScriptedS3.Response;

/**
 * One client that asks for 1,000 objects a second that S3 refuses, beside 20 clients that
 * each read one good cold image after another.
 */
final class BadObjects {

	private static final int PER_SECOND = 1_000;

	private static final int AT_ONCE = 256;

	private static final int READERS = 20;

	private static final Duration WARM_UP = Duration.ofSeconds(20);

	private static final S3Object IMAGE = S3Object.of(SampleImages.noise(40, 1));

	private static final List<Response> REFUSALS = List.of(Response.error(400, "InvalidRequest"),
			Response.error(400, "KMS.DisabledException"), Response.error(403, "InvalidObjectState"),
			Response.error(403, "AccessDenied"), Response.error(405, "MethodNotAllowed"),
			Response.error(409, "OperationAborted"), Response.error(301, "PermanentRedirect"));

	private final Duration time;

	private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

	private final AtomicLong number = new AtomicLong();

	private volatile Map<String, AtomicLong> bad = new ConcurrentSkipListMap<>();

	private volatile Map<String, AtomicLong> good = new ConcurrentSkipListMap<>();

	private volatile boolean over;

	BadObjects(Duration time) {
		this.time = time;
	}

	Table measure() throws Exception {
		Table table = new Table();
		try (ScriptedS3 s3 = new ScriptedS3(BadObjects::respond);
				PackagedOrigin origin = PackagedOrigin.start(s3.originProperties(0), OriginSettings.open());
				ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
			clients.submit(() -> askForBadOnes(origin));
			for (int i = 0; i < READERS; i++) {
				clients.submit(() -> readGoodOnes(origin));
			}
			Thread.sleep(WARM_UP);
			this.bad = new ConcurrentSkipListMap<>();
			this.good = new ConcurrentSkipListMap<>();
			Thread.sleep(this.time);
			this.over = true;
			this.bad.forEach((status, count) -> table.put("responses to bad requests", status, count));
			this.good.forEach((status, count) -> table.put("responses to readers of good images", status, count));
			table.put("responses to bad requests", "a second", total(this.bad) / this.time.toSeconds());
			table.put("responses to readers of good images", "a second", total(this.good) / this.time.toSeconds());
			table.put("lines at WARN", "lines", origin.lines("WARN"));
		}
		return table;
	}

	private static Response respond(Request request) {
		boolean isGood = request.isOfBucket() || request.key().startsWith("good");
		return isGood ? IMAGE.answer(request)
				: REFUSALS.get(Math.floorMod(request.key().hashCode(), REFUSALS.size()));
	}

	private Void askForBadOnes(PackagedOrigin origin) throws InterruptedException {
		Semaphore room = new Semaphore(AT_ONCE);
		long begin = System.nanoTime();
		for (long i = 0; !this.over; i++) {
			long due = begin + i * Duration.ofSeconds(1).toNanos() / PER_SECOND;
			Thread.sleep(Duration.ofNanos(Math.max(0, due - System.nanoTime())));
			room.acquire();
			this.client.sendAsync(request(origin, "bad/" + i), BodyHandlers.discarding())
				.whenComplete((response, failure) -> {
					room.release();
					count(this.bad, response, failure);
				});
		}
		return null;
	}

	private Void readGoodOnes(PackagedOrigin origin) throws InterruptedException {
		while (!this.over) {
			HttpRequest request = request(origin, "good/" + this.number.incrementAndGet());
			try {
				HttpResponse<byte[]> response = this.client.send(request, BodyHandlers.ofByteArray());
				boolean isWrong = response.statusCode() == 200 && !Arrays.equals(response.body(), IMAGE.bytes());
				count(this.good, response, isWrong ? new IOException("other bytes") : null);
			}
			catch (IOException ex) {
				count(this.good, null, ex);
			}
			Thread.sleep(20);
		}
		return null;
	}

	private void count(Map<String, AtomicLong> counts, HttpResponse<?> response, Throwable failure) {
		String status = (failure != null) ? "failed" : Integer.toString(response.statusCode());
		counts.computeIfAbsent(status, (_) -> new AtomicLong()).incrementAndGet();
	}

	private static long total(Map<String, AtomicLong> counts) {
		return counts.values().stream().mapToLong(AtomicLong::get).sum();
	}

	private static HttpRequest request(PackagedOrigin origin, String key) {
		return HttpRequest.newBuilder(origin.image(key)).timeout(Duration.ofSeconds(30)).build();
	}

}
