package ai.doxle.imageorigin.harness.cdn;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;

/**
 * The server behind a cache, at an emulated distance.
 */
final class Upstream {

	private static final Duration TIMEOUT = Duration.ofSeconds(30);

	private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

	private final URI server;

	private final Duration distance;

	/**
	 * @param server scheme, host and port
	 * @param distance the round trip to it
	 */
	Upstream(URI server, Duration distance) {
		this.server = server;
		this.distance = distance;
	}

	/**
	 * Sends a request on.
	 * @param forwarded the headers that are sent with it, those that the request has
	 */
	CachedResponse send(CdnRequest request, String target, List<String> forwarded) {
		long start = System.nanoTime();
		HttpRequest.Builder upstream = HttpRequest.newBuilder(URI.create(this.server + target))
			.timeout(TIMEOUT)
			.method(request.method(), BodyPublishers.ofByteArray(request.body()));
		for (String name : forwarded) {
			request.headers().getAll(name).forEach((value) -> upstream.header(name, value));
		}
		HttpResponse<byte[]> response = exchange(upstream.build());
		return CachedResponse.of(response, Duration.ofNanos(System.nanoTime() - start));
	}

	private HttpResponse<byte[]> exchange(HttpRequest request) {
		CacheServer.pause(this.distance);
		try {
			return this.client.send(request, BodyHandlers.ofByteArray());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

	void close() {
		this.client.shutdownNow();
	}

}
