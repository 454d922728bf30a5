package ai.doxle.imageorigin.fault;

import java.io.IOException;
import java.io.UncheckedIOException;
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
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import ai.doxle.imageorigin.harness.FaultyS3;
import ai.doxle.imageorigin.harness.FaultyS3.Fault;
import ai.doxle.imageorigin.harness.LocalAuthority;
import ai.doxle.imageorigin.harness.OriginProcess;
import ai.doxle.imageorigin.harness.OriginSettings;
import ai.doxle.imageorigin.harness.RunningOrigin;
import ai.doxle.imageorigin.harness.S3Object;
import ai.doxle.imageorigin.harness.SampleImages;
import ai.doxle.imageorigin.harness.ScriptedS3;
import ai.doxle.imageorigin.harness.ServerTls;
import ai.doxle.imageorigin.store.StoreProperties.Client;

import static ai.doxle.imageorigin.harness.ResponseAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Whole origins over TLS, with each client that may read from S3.
 */
class StoreClientsIT {

	private static final byte[] IMAGE = SampleImages.noise(300, 1);

	/** Larger than the tiers take. */
	private static final byte[] LARGE = SampleImages.noise(2000, 2);

	@TempDir
	private static Path folder;

	private static LocalAuthority authority;

	private static ServerTls tls;

	private static AutoCloseable trust;

	@BeforeAll
	static void createCertificates() throws Exception {
		authority = LocalAuthority.create(folder);
		tls = authority.server();
		trust = authority.trust();
	}

	@AfterAll
	static void forgetCertificates() throws Exception {
		trust.close();
	}

	@ParameterizedTest
	@EnumSource
	void servesWhatIsLoadedAndWhatIsStreamed(Client client) throws Exception {
		try (FaultyS3 s3 = new FaultyS3(IMAGE, tls);
				RunningOrigin origin = RunningOrigin.start(s3.originProperties(0), settings(client))) {
			assertThat(origin.get(origin.image("a.png"))).hasStatus(200).hasBody(IMAGE);
			// the last byte may be with its reader before the load knows that it was the
			// last
			await().until(() -> origin.cacheStatus("a.png").equals("image-origin-memory; hit"));
			assertThat(s3.gets()).isOne();
			s3.store("\"large\"", LARGE);
			// what begins over the CRT begins anew over Netty
			int first = (client == Client.AUTO) ? 2 : 1;
			assertThat(large(origin)).hasStatus(200).hasBody(LARGE).hasHeader("ETag", "\"large\"");
			assertThat(s3.gets()).isEqualTo(1 + first);
			assertThat(large(origin)).hasStatus(200).hasBody(LARGE);
			assertThat(s3.gets()).isEqualTo(2 + first);
			assertThat(origin.get(origin.image("large.png"), "Range", "bytes=1000000-1999999")).hasStatus(206)
				.hasBody(Arrays.copyOfRange(LARGE, 1_000_000, 2_000_000));
			assertThat(origin.get(origin.image("absent"))).hasStatus(404);
		}
	}

	@ParameterizedTest
	@EnumSource
	void resumesWhatIsStreamed(Client client) throws Exception {
		try (FaultyS3 s3 = new FaultyS3(LARGE, tls);
				RunningOrigin origin = RunningOrigin.start(s3.originProperties(0), settings(client))) {
			if (client == Client.AUTO) {
				s3.failNext(Fault.NONE);
			}
			s3.failNext(Fault.RESETS_IN_BODY, Fault.ENDS_SHORT);
			assertThat(large(origin)).hasStatus(200).hasBody(LARGE);
			assertThat(s3.gets()).isEqualTo((client == Client.AUTO) ? 4 : 3);
		}
	}

	/** A server that closes every connection of one of the two clients. */
	@Test
	void autoDoesWithoutACrtThatCannotConnect() throws Exception {
		S3Object image = S3Object.of(IMAGE);
		AtomicInteger refused = new AtomicInteger();
		try (ScriptedS3 s3 = new ScriptedS3((request) -> isCrt(request) ? refuse(refused) : image.answer(request));
				RunningOrigin origin = RunningOrigin.start(s3.originProperties(0), settings(Client.AUTO))) {
			for (int i = 0; i < 20; i++) {
				assertThat(origin.get(origin.image(i + ".png"))).hasStatus(200).hasBody(IMAGE);
			}
			assertThat(refused).as("attempts by the CRT").hasValueBetween(1, 3);
		}
	}

	/** A server that is silent on every connection of one of the two clients. */
	@Test
	void autoDoesWithoutACrtThatHearsNothing() throws Exception {
		S3Object image = S3Object.of(IMAGE);
		try (ScriptedS3 s3 = new ScriptedS3(
				(request) -> isCrt(request) ? ScriptedS3.Response.SILENCE : image.answer(request));
				RunningOrigin origin = RunningOrigin.start(s3.originProperties(0), settings(Client.AUTO))) {
			for (int i = 0; i < 8; i++) {
				assertThat(origin.get(origin.image(i + ".png"))).hasStatus(200).hasBody(IMAGE);
			}
			assertThat(s3.requests().stream().filter(StoreClientsIT::isCrt)).as("attempts by the CRT").hasSize(3);
		}
	}

	/**
	 * More calls at once than may be repeated at once, and none of the repeated ones is
	 * over before all are silent for too long.
	 */
	@Test
	void autoServesACrowdWhoseCrtHearsNothing() throws Exception {
		S3Object image = S3Object.of(IMAGE);
		try (ScriptedS3 s3 = new ScriptedS3((request) -> isCrt(request) ? ScriptedS3.Response.SILENCE
				: later(Duration.ofSeconds(1), image.answer(request)));
				RunningOrigin origin = RunningOrigin.start(s3.originProperties(0),
						settings(Client.AUTO).with("image-origin.store.max-connections", "64")
							.with("image-origin.store.first-byte-timeout", "15s"));
				HttpClient readers = HttpClient.newHttpClient()) {
			List<CompletableFuture<HttpResponse<byte[]>>> responses = new ArrayList<>();
			for (int i = 0; i < 16; i++) {
				responses.add(readers.sendAsync(HttpRequest.newBuilder(origin.image(i + ".png")).build(),
						BodyHandlers.ofByteArray()));
			}
			for (CompletableFuture<HttpResponse<byte[]>> response : responses) {
				assertThat(response.get(1, TimeUnit.MINUTES)).hasStatus(200).hasBody(IMAGE);
			}
			assertThat(s3.requests().stream().filter(StoreClientsIT::isCrt)).as("attempts by the CRT")
				.hasSizeGreaterThan(4);
		}
	}

	private static ScriptedS3.Response later(Duration pause, ScriptedS3.Response response) {
		try {
			Thread.sleep(pause);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		return response;
	}

	private static boolean isCrt(ScriptedS3.Request request) {
		return request.headers().get("user-agent").contains("AwsCommonRuntime");
	}

	private static ScriptedS3.Response refuse(AtomicInteger refused) {
		refused.incrementAndGet();
		return ScriptedS3.Response.CLOSE;
	}

	@ParameterizedTest
	@EnumSource(Client.class)
	void oneProcessorIsEnough(Client client) throws Exception {
		List<String> options = new ArrayList<>(authority.options());
		options.add("-XX:ActiveProcessorCount=1");
		try (FaultyS3 s3 = new FaultyS3(IMAGE, tls);
				OriginProcess origin = OriginProcess.start(options, s3.originProperties(0), settings(client));
				HttpClient reader = HttpClient.newHttpClient()) {
			assertThat(reader.send(HttpRequest.newBuilder(origin.image("a.png")).build(), BodyHandlers.ofByteArray()))
				.hasStatus(200)
				.hasBody(IMAGE);
		}
	}

	/** What libraries are unpacked into is no folder: Netty does without its own, too. */
	@Test
	void autoDoesWithoutTheLibrary() throws Exception {
		try (FaultyS3 s3 = new FaultyS3(IMAGE, tls);
				OriginProcess origin = OriginProcess.start(withoutLibraries(), s3.originProperties(0),
						settings(Client.AUTO));
				HttpClient client = HttpClient.newHttpClient()) {
			assertThat(client.send(HttpRequest.newBuilder(origin.image("a.png")).build(), BodyHandlers.ofByteArray()))
				.hasStatus(200)
				.hasBody(IMAGE);
			assertThat(origin.log()).contains("S3 is read by Netty alone, not by the CRT: ")
				.contains("(image-origin.store.client)");
		}
	}

	@Test
	void theStartEndsIfTheLibraryIsRequired() throws IOException {
		try (FaultyS3 s3 = new FaultyS3(IMAGE)) {
			assertThatExceptionOfType(UncheckedIOException.class)
				.isThrownBy(() -> OriginProcess.start(withoutLibraries(), s3.originProperties(0), settings(Client.CRT))
					.close());
		}
	}

	private static List<String> withoutLibraries() throws IOException {
		List<String> options = new ArrayList<>(authority.options());
		options.add("-Djava.io.tmpdir=" + Files.writeString(folder.resolve("file"), "no folder"));
		return options;
	}

	private static HttpResponse<byte[]> large(RunningOrigin origin) throws IOException, InterruptedException {
		return origin.get(origin.image("large.png"));
	}

	private static OriginSettings settings(Client client) {
		return OriginSettings.open()
			.with("image-origin.store.client", client.name().toLowerCase(Locale.ROOT))
			.with("image-origin.store.idle-timeout", "2s");
	}

}
