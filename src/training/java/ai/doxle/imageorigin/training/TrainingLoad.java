package ai.doxle.imageorigin.training;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;

/**
 * Requests of an ordinary day: mostly whole images, some ranges, validators and mistakes,
 * with tokens of several viewers. Each response must have the status that is expected of
 * it, since a training that goes another way than meant would be remembered all the same.
 */
final class TrainingLoad implements AutoCloseable {

	private static final int ROUNDS = 1500;

	/** More than the tier in memory holds, so that most come from Redis. */
	private static final int BLOCKS = 200;

	/**
	 * New images in each round: with them a miss is called often enough for C2, too,
	 * 5,000 times.
	 */
	private static final int MISSES = 4;

	private static final int VIEWERS = 20;

	private static final int PATIENCE_TENTHS = 1800;

	private static final String FOLDER = "/proxy-image/projects/123/blocks/";

	private static final String[] NO_TOKEN = {};

	private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

	private final TrainedOrigin origin;

	private final List<String> tokens = new ArrayList<>();

	private int hitsInRedis;

	TrainingLoad(TrainedOrigin origin, TrainingTokens tokens) throws GeneralSecurityException {
		this.origin = origin;
		for (int viewer = 0; viewer < VIEWERS; viewer++) {
			this.tokens.add(tokens.token(viewer));
		}
	}

	void awaitReadiness() throws IOException, InterruptedException {
		for (int tenths = 0; tenths < PATIENCE_TENTHS; tenths++) {
			this.origin.requireAlive();
			if (isReady()) {
				return;
			}
			Thread.sleep(100);
		}
		throw new IllegalStateException("The origin does not become ready");
	}

	/** Returns how many images came from Redis. */
	int run() throws IOException, InterruptedException {
		for (int round = 0; round < ROUNDS; round++) {
			String[] bearer = { "Authorization", "Bearer " + this.tokens.get(round % VIEWERS) };
			askForOneImage(bearer);
			askForRefusals(bearer);
			askForBlock(FOLDER + (round % BLOCKS) + "/img.png", bearer);
			for (int miss = 0; miss < MISSES; miss++) {
				expect(200, "GET",
						FOLDER + (BLOCKS + round * MISSES + miss) + ((miss % 2 == 0) ? "/img.jpg" : "/img.png"),
						bearer);
			}
			askManagement();
		}
		if (this.hitsInRedis < ROUNDS / 4) {
			throw new IllegalStateException("Only " + this.hitsInRedis + " images came from Redis");
		}
		return this.hitsInRedis;
	}

	@Override
	public void close() {
		this.client.close();
	}

	/** In memory almost always. */
	private void askForOneImage(String[] bearer) throws IOException, InterruptedException {
		String image = FOLDER + "456/img.jpg";
		expect(200, "GET", image, bearer);
		expect(200, "GET", image, bearer, "Origin", "https://training.invalid");
		expect(200, "HEAD", FOLDER + "456/a%20b.jpg", bearer);
		expect(206, "GET", image, bearer, "Range", "bytes=1024-2047");
		expect(206, "GET", image, bearer, "Range", "bytes=0-99,200-299");
		expect(304, "GET", image, bearer, "If-None-Match", TrainingBucket.ETAG);
		expect(204, "OPTIONS", image, NO_TOKEN, "Origin", "https://training.invalid", "Access-Control-Request-Method",
				"GET");
	}

	private void askForRefusals(String[] bearer) throws IOException, InterruptedException {
		expect(404, "GET", FOLDER + "456/absent.jpg", bearer);
		expect(400, "GET", "/proxy-image/a/../b", bearer);
		expect(401, "GET", FOLDER + "456/img.jpg", NO_TOKEN);
		expect(401, "GET", FOLDER + "456/img.jpg", NO_TOKEN, "Authorization", "Bearer nonsense");
	}

	/** From S3 the first time, then from Redis, unless memory has it still. */
	private void askForBlock(String image, String[] bearer) throws IOException, InterruptedException {
		HttpResponse<Void> response = expect(200, "GET", image, bearer);
		if (response.headers().firstValue("Cache-Status").orElse("").startsWith("image-origin-regional; hit")) {
			this.hitsInRedis++;
		}
		expect(200, "GET", image, bearer);
		expect(200, "HEAD", image, bearer);
		expect(206, "GET", image, bearer, "Range", "bytes=100-199");
		expect(304, "GET", image, bearer, "If-None-Match", TrainingBucket.ETAG);
	}

	private void askManagement() throws IOException, InterruptedException {
		requireStatus(200, send("GET", this.origin.managementPort(), "/actuator/health/readiness"));
		requireStatus(200, send("GET", this.origin.managementPort(), "/actuator/prometheus"));
	}

	private boolean isReady() throws IOException, InterruptedException {
		try {
			return send("GET", this.origin.managementPort(), "/actuator/health/readiness").statusCode() == 200;
		}
		catch (ConnectException ex) {
			return false;
		}
	}

	private HttpResponse<Void> expect(int status, String method, String path, String[] bearer, String... headers)
			throws IOException, InterruptedException {
		List<String> all = new ArrayList<>(List.of(bearer));
		all.addAll(List.of(headers));
		return requireStatus(status, send(method, this.origin.port(), path, all.toArray(String[]::new)));
	}

	private HttpResponse<Void> send(String method, int port, String path, String... headers)
			throws IOException, InterruptedException {
		HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
			.method(method, HttpRequest.BodyPublishers.noBody());
		if (headers.length > 0) {
			request.headers(headers);
		}
		return this.client.send(request.build(), HttpResponse.BodyHandlers.discarding());
	}

	private static HttpResponse<Void> requireStatus(int status, HttpResponse<Void> response) {
		if (response.statusCode() != status) {
			throw new IllegalStateException("%s was answered with %d instead of %d".formatted(response.request(),
					response.statusCode(), status));
		}
		return response;
	}

}
