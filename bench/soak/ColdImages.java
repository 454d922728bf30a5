import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import ai.doxle.imageorigin.harness.LocalRedis;
import ai.doxle.imageorigin.harness.OriginSettings;
import ai.doxle.imageorigin.harness.load.DelayedS3;
import ai.doxle.imageorigin.harness.load.GeneratedImage;

/**
 * What requests for one cold image cost S3 when they come together, and how long readers
 * of one cold object that no tier takes wait for their first bytes, on two instances.
 */
final class ColdImages {

	private static final int ROUNDS = 10;

	private static final int OF_EACH_KIND = 20;

	private static final Duration S3_DELAY = Duration.ofMillis(100);

	private final Table table = new Table();

	private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

	Table measure() throws Exception {
		try (DelayedS3 s3 = new DelayedS3(); LocalRedis redis = LocalRedis.start()) {
			Properties settings = OriginSettings.open();
			try (PackagedOrigin one = PackagedOrigin.start(s3.originProperties(), redis.originProperties(), settings);
					PackagedOrigin two = PackagedOrigin.start(s3.originProperties(), redis.originProperties(), settings)) {
				s3.delay(S3_DELAY);
				together(one, 2048 * 1024, "image of 2 MiB");
				together(one, 20 * 1024 * 1024, "object of 20 MiB, which no tier takes");
				firstBytes(one, two);
			}
		}
		return this.table;
	}

	private void together(PackagedOrigin origin, int length, String row) throws Exception {
		List<Long> calls = new ArrayList<>();
		for (int round = 0; round < ROUNDS; round++) {
			GeneratedImage image = GeneratedImage.in("projects/cold/" + length + "/" + round, length);
			long before = origin.meter("image_origin_store_answers_seconds_count");
			List<CompletableFuture<HttpResponse<Void>>> responses = new ArrayList<>();
			for (int i = 0; i < OF_EACH_KIND; i++) {
				responses.add(send(request(origin, image).header("Range", "bytes=" + i * 1000 + "-" + (i * 1000 + 999))));
				responses.add(send(request(origin, image).header("If-None-Match", "\"another\"")));
				responses.add(send(request(origin, image).method("HEAD", HttpRequest.BodyPublishers.noBody())));
			}
			for (CompletableFuture<HttpResponse<Void>> response : responses) {
				if (response.get(30, TimeUnit.SECONDS).statusCode() > 206) {
					throw new IllegalStateException("answered " + response.get().statusCode());
				}
			}
			calls.add(origin.meter("image_origin_store_answers_seconds_count") - before);
		}
		calls.sort(null);
		String name = "calls of S3 for 20 ranges, 20 conditionals, 20 HEADs of a cold " + row;
		this.table.put(name, "fewest", calls.getFirst());
		this.table.put(name, "median", calls.get(ROUNDS / 2));
		this.table.put(name, "most", calls.getLast());
	}

	/** Two readers on each of two instances, at once. */
	private void firstBytes(PackagedOrigin one, PackagedOrigin two) throws Exception {
		List<Long> millis = new ArrayList<>();
		for (int round = 0; round < ROUNDS; round++) {
			GeneratedImage image = GeneratedImage.in("projects/large/" + round, 20 * 1024 * 1024);
			List<CompletableFuture<Long>> readers = new ArrayList<>();
			for (PackagedOrigin origin : List.of(one, two, one, two)) {
				readers.add(firstByte(request(origin, image)));
			}
			for (CompletableFuture<Long> reader : readers) {
				millis.add(reader.get(60, TimeUnit.SECONDS));
			}
		}
		millis.sort(null);
		String name = "first bytes of four readers of a cold object of 20 MiB on two instances, ms (S3 takes "
				+ S3_DELAY.toMillis() + ")";
		this.table.put(name, "fewest", millis.getFirst());
		this.table.put(name, "median", millis.get(millis.size() / 2));
		this.table.put(name, "most", millis.getLast());
	}

	private CompletableFuture<Long> firstByte(HttpRequest.Builder request) {
		long begin = System.nanoTime();
		return this.client.sendAsync(request.build(), BodyHandlers.ofInputStream()).thenApplyAsync((answer) -> {
			try (var body = answer.body()) {
				body.read();
				long millis = (System.nanoTime() - begin) / 1_000_000;
				body.skip(Long.MAX_VALUE);
				return millis;
			}
			catch (Exception ex) {
				throw new IllegalStateException(ex);
			}
		});
	}

	private CompletableFuture<HttpResponse<Void>> send(HttpRequest.Builder request) {
		return this.client.sendAsync(request.build(), BodyHandlers.discarding());
	}

	private static HttpRequest.Builder request(PackagedOrigin origin, GeneratedImage image) {
		return HttpRequest.newBuilder(origin.image(image.key())).timeout(Duration.ofSeconds(30));
	}

}
