import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;

import ai.doxle.imageorigin.harness.FaultyS3;
import ai.doxle.imageorigin.harness.LocalAuthority;
import ai.doxle.imageorigin.harness.OriginSettings;
import ai.doxle.imageorigin.harness.SampleImages;
import ai.doxle.imageorigin.harness.ServerTls;

/**
 * 500 clients at once, each with a cold image that comes over TLS, then nothing for a
 * while, several times: what the process keeps after each of it, for each client that may
 * read from S3.
 */
final class Bursts {

	private static final int CLIENTS = 500;

	private static final int ROUNDS = 5;

	private static final byte[] IMAGE = SampleImages.noise(185, 1);

	private static final Duration PATIENCE = Duration.ofMinutes(2);

	private final Duration pause;

	private final Table table = new Table();

	/**
	 * @param pause longer than unused connections to S3 are kept
	 */
	Bursts(Duration pause) {
		this.pause = pause;
	}

	Table measure() throws Exception {
		Path folder = Files.createTempDirectory("bursts");
		LocalAuthority authority = LocalAuthority.create(folder);
		ServerTls tls = authority.server();
		for (String client : List.of("auto", "crt", "netty")) {
			Properties settings = OriginSettings.open()
				.with("image-origin.store.client", client)
				.with("image-origin.store.first-byte-timeout", "15s");
			try (FaultyS3 s3 = new FaultyS3(IMAGE, tls);
					PackagedOrigin origin = PackagedOrigin.start(authority.options(), s3.originProperties(0), settings)) {
				note(client, "once ready", origin, s3);
				for (int round = 1; round <= ROUNDS; round++) {
					burst(origin, client, round);
					note(client, "after burst " + round, origin, s3);
					Thread.sleep(this.pause);
					note(client, "after pause " + round, origin, s3);
				}
			}
		}
		return this.table;
	}

	private void burst(PackagedOrigin origin, String client, int round) throws Exception {
		try (HttpClient clients = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
			List<CompletableFuture<HttpResponse<byte[]>>> responses = new ArrayList<>();
			for (int i = 0; i < CLIENTS; i++) {
				HttpRequest request = HttpRequest.newBuilder(origin.image("projects/" + round + "/" + i))
					.timeout(PATIENCE)
					.build();
				responses.add(clients.sendAsync(request, BodyHandlers.ofByteArray()));
			}
			int whole = 0;
			for (CompletableFuture<HttpResponse<byte[]>> response : responses) {
				whole += Arrays.equals(response.get().body(), IMAGE) ? 1 : 0;
			}
			this.table.put(client + ": whole images", "after burst " + round, whole);
		}
	}

	private void note(String client, String column, PackagedOrigin origin, FaultyS3 s3) throws IOException {
		this.table.put(client + ": heap and native memory, MiB", column, origin.mebibytes("RssAnon"));
		this.table.put(client + ": images in memory, MiB", column, origin.mebibytes("RssShmem"));
		this.table.put(client + ": connections to S3", column, s3.openConnections());
	}

}
