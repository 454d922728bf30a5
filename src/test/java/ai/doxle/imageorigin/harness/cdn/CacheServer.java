package ai.doxle.imageorigin.harness.cdn;

import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/**
 * A server of the CDN, on the loopback interface. Each request has a virtual thread,
 * which may sleep for a round trip.
 */
abstract class CacheServer {

	private static final String HOST = "localhost";

	/** How long this server waited for the one behind it, for the one before it. */
	static final String WAITED = "X-Emulated-Wait";

	private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

	private final DisposableServer server;

	private final ResponseCache cache = new ResponseCache();

	/**
	 * @param port the port; 0: a free one
	 */
	CacheServer(int port) {
		this.server = HttpServer.create().host(HOST).port(port).handle(this::handle).bindNow();
	}

	/** Makes the response to a request. */
	abstract CdnResponse respond(CdnRequest request);

	URI address() {
		return URI.create("http://" + HOST + ":" + this.server.port());
	}

	ResponseCache cache() {
		return this.cache;
	}

	void close() {
		this.server.disposeNow();
		this.threads.shutdownNow();
	}

	private Publisher<Void> handle(HttpServerRequest request, HttpServerResponse response) {
		boolean head = request.method().name().equals("HEAD");
		return request.receive()
			.aggregate()
			.asByteArray()
			.defaultIfEmpty(new byte[0])
			.map((body) -> CdnRequest.of(request, body))
			.flatMap(this::respondOnThread)
			.flatMap((made) -> Mono.from(made.write(head, response)));
	}

	private Mono<CdnResponse> respondOnThread(CdnRequest request) {
		return Mono.fromCallable(() -> respond(request))
			.onErrorReturn(UncheckedIOException.class,
					CdnResponse.of(502, "text/plain", "The origin cannot be reached.\n"))
			.onErrorReturn(IllegalArgumentException.class, CdnResponse.of(400, "text/plain", "Bad request.\n"))
			.subscribeOn(Schedulers.fromExecutor(this.threads));
	}

	/** Takes as long as a round trip. */
	static void pause(Duration roundTrip) {
		try {
			Thread.sleep(roundTrip);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

	/** What Server-Timing says of a station. */
	static String timing(String station, Duration elapsed) {
		return String.format(Locale.ROOT, "%s;dur=%.1f", station, elapsed.toNanos() / 1e6);
	}

	/** How long the server that gave a response waited for its own upstream. */
	static Duration waited(CachedResponse response) {
		String nanos = response.header(WAITED);
		return nanos.isEmpty() ? Duration.ZERO : Duration.ofNanos(Long.parseLong(nanos));
	}

	/** A response from this cache: what filled it measured another request. */
	static CdnResponse hit(CachedResponse kept) {
		return CdnResponse.of(kept).without("Server-Timing", WAITED).with("Age", Long.toString(kept.age().toSeconds()));
	}

}
