package ai.doxle.imageorigin.fault;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import ai.doxle.imageorigin.harness.GeneratedS3;
import ai.doxle.imageorigin.harness.LocalAuthority;
import ai.doxle.imageorigin.harness.OriginProcess;
import ai.doxle.imageorigin.harness.OriginSettings;
import ai.doxle.imageorigin.harness.ServerTls;
import ai.doxle.imageorigin.store.StoreProperties.Client;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An object of more than 2 GiB, and an origin whose heap is 64 MB, with TLS and without.
 */
@ParameterizedClass(name = "TLS {0}, {1}")
@CsvSource({ "false, AUTO", "true, AUTO", "true, CRT" })
class LargeObjectIT {

	private static final long LENGTH = (1L << 31) + 1_000_003;

	private static final String KEY = "projects/123/" + LENGTH + "/survey";

	private static final int READERS = 10;

	private static final int PIECE = 64 * 1024;

	private static GeneratedS3 s3;

	private static OriginProcess origin;

	private static HttpClient client;

	@TempDir
	private static Path folder;

	private final Client from;

	LargeObjectIT(boolean secure, Client from) {
		assertThat(secure || from != Client.CRT).as("the CRT is tried over TLS").isTrue();
		this.from = from;
	}

	@BeforeParameterizedClassInvocation
	static void start(boolean secure, Client from) throws Exception {
		List<String> options = new ArrayList<>(List.of("-Xmx64m", "-XX:+ExitOnOutOfMemoryError"));
		ServerTls tls = null;
		if (secure) {
			LocalAuthority authority = LocalAuthority.create(Files.createTempDirectory(folder, "tls"));
			options.addAll(authority.options());
			tls = authority.server();
		}
		s3 = new GeneratedS3(tls);
		Properties settings = OriginSettings.open().with("image-origin.store.client", from.name());
		origin = OriginProcess.start(options, s3.originProperties(0), settings);
		client = HttpClient.newHttpClient();
	}

	@AfterParameterizedClassInvocation
	static void stop() {
		client.shutdownNow();
		origin.close();
		s3.close();
	}

	@AfterEach
	void livesOn() {
		assertThat(origin.isAlive()).isTrue();
	}

	@Test
	void tellsItsLength() throws Exception {
		HttpResponse<Void> head = client.send(
				HttpRequest.newBuilder(origin.image(KEY)).method("HEAD", HttpRequest.BodyPublishers.noBody()).build(),
				BodyHandlers.discarding());
		assertThat(head.statusCode()).isEqualTo(200);
		assertThat(head.headers().firstValueAsLong("Content-Length")).hasValue(LENGTH);
	}

	/** Each has its answer while the others have theirs. */
	@Test
	void servesTenReadersAtOnce() throws Exception {
		CyclicBarrier everybody = new CyclicBarrier(READERS);
		try (ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor()) {
			List<Future<Long>> results = new ArrayList<>();
			for (int i = 0; i < READERS; i++) {
				results.add(readers.submit(() -> readBeginning(6 << 20, everybody)));
			}
			for (Future<Long> result : results) {
				assertThat(result.get()).isEqualTo(6 << 20);
			}
		}
		if (this.from == Client.CRT) {
			assertThat(s3.agents()).anyMatch((agent) -> agent.contains("AwsCommonRuntime"));
		}
	}

	private static long readBeginning(long count, CyclicBarrier everybody) throws Exception {
		HttpResponse<InputStream> answer = ask(null);
		try (InputStream body = answer.body()) {
			assertThat(answer.statusCode()).isEqualTo(200);
			assertThat(answer.headers().firstValueAsLong("Content-Length")).hasValue(LENGTH);
			long read = compare(body, 0, PIECE);
			everybody.await(1, TimeUnit.MINUTES);
			return read + compare(body, read, count - read);
		}
	}

	@ParameterizedTest
	@CsvSource({ "2147483647, 2147483647", "2146435072, 2148483650", "2147483648, 2147483648", "2148000000, 2148483650",
			"1073741823, 1074790400", "-1000000," })
	void servesRangesBeyondTheIntegers(long first, Long last) throws Exception {
		HttpResponse<InputStream> answer = ask((last != null) ? "bytes=" + first + "-" + last : "bytes=" + first);
		long begin = (last != null) ? first : LENGTH + first;
		long end = (last != null) ? last : LENGTH - 1;
		try (InputStream body = answer.body()) {
			assertThat(answer.statusCode()).isEqualTo(206);
			assertThat(answer.headers().firstValue("Content-Range"))
				.hasValue("bytes " + begin + "-" + end + "/" + LENGTH);
			assertThat(compare(body, begin, end - begin + 1)).isEqualTo(end - begin + 1);
			assertThat(body.read()).isEqualTo(-1);
		}
	}

	private static HttpResponse<InputStream> ask(String range) throws IOException, InterruptedException {
		HttpRequest.Builder request = HttpRequest.newBuilder(origin.image(KEY));
		if (range != null) {
			request.header("Range", range);
		}
		return client.send(request.build(), BodyHandlers.ofInputStream());
	}

	/**
	 * Reads and compares.
	 * @return how many bytes there were, {@code count} at most
	 */
	private static long compare(InputStream body, long first, long count) throws IOException {
		long position = first;
		int read;
		do {
			byte[] piece = body.readNBytes((int) Math.min(PIECE, first + count - position));
			read = piece.length;
			assertThat(GeneratedS3.matches(KEY, position, piece, read)).as("the bytes from " + position).isTrue();
			position += read;
		}
		while (read > 0 && position < first + count);
		return position - first;
	}

}
