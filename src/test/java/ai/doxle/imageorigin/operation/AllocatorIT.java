package ai.doxle.imageorigin.operation;

import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import ai.doxle.imageorigin.harness.GeneratedS3;
import ai.doxle.imageorigin.harness.LocalRedis;
import ai.doxle.imageorigin.harness.OriginProcess;
import ai.doxle.imageorigin.harness.OriginSettings;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Which of Netty's allocators an origin uses: an allocator whose class was never loaded
 * is used by nobody.
 */
class AllocatorIT {

	@Test
	void usesThePooledOneOnly(@TempDir Path folder) throws Exception {
		Path log = folder.resolve("classes.log");
		Properties settings = OriginSettings.open().with("server.http2.enabled", "true");
		// Redis shall answer however busy the machine is
		settings.setProperty("image-origin.cache.redis.command-timeout", "5s");
		try (GeneratedS3 s3 = new GeneratedS3();
				LocalRedis redis = LocalRedis.start();
				OriginProcess origin = OriginProcess.start(List.of("-Xlog:class+load:file=" + log),
						s3.originProperties(0), redis.originProperties(), settings)) {
			useAllWays(origin);
		}
		assertThat(loaded(log, "io.netty.buffer.PooledByteBufAllocator")).isTrue();
		assertThat(loaded(log, "io.netty.buffer.AdaptivePoolingAllocator")).isFalse();
	}

	/**
	 * The server in both versions of HTTP, the S3 client, the Redis client, and readers
	 * of images in memory and of images that pass through.
	 */
	private static void useAllWays(OriginProcess origin) throws Exception {
		for (Version version : Version.values()) {
			try (HttpClient client = HttpClient.newBuilder().version(version).build()) {
				for (int length : new int[] { 1000, 100_000, 20_000_000 }) {
					HttpRequest request = HttpRequest.newBuilder(origin.image("projects/123/" + length + "/" + version))
						.build();
					HttpResponse<byte[]> first = client.send(request, BodyHandlers.ofByteArray());
					assertThat(first.body()).hasSize(length);
					assertThat(first.headers().firstValue("Cache-Status").orElse(""))
						.startsWith("image-origin-regional")
						.doesNotContain("unavailable");
					assertThat(client.send(request, BodyHandlers.ofByteArray()).body()).hasSize(length);
				}
			}
		}
	}

	private static boolean loaded(Path log, String name) throws Exception {
		try (Stream<String> lines = Files.lines(log)) {
			return lines.anyMatch((line) -> line.contains("] " + name + " "));
		}
	}

}
