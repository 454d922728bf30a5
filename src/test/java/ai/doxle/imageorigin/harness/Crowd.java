package ai.doxle.imageorigin.harness;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Many readers at once, who compare every byte they get with what was stored.
 */
public final class Crowd implements AutoCloseable {

	/** The longest that the head of a response may take, and a little more. */
	private static final Duration DEADLINE = Duration.ofSeconds(20);

	/** How a response ended. */
	public enum End {

		/** 200 with all the bytes. */
		WHOLE,
		/** Another status. */
		REFUSED,
		/** The right bytes, and then the connection was cut. */
		CUT,
		/** Bytes that were never stored, or too few without a cut. */
		WRONG,
		/** No response in time. */
		LATE

	}

	/**
	 * One response.
	 *
	 * @param status 0 if there was none
	 * @param firstByte how long its first byte took
	 * @param lastByte how long it took as a whole
	 */
	public record Response(End end, int status, Duration firstByte, Duration lastByte) {

	}

	private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

	private final ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor();

	private final List<CompletableFuture<Response>> responses = new ArrayList<>();

	private final Map<String, byte[]> versions;

	/**
	 * @param versions what may come, by its entity tag with quotes
	 */
	public Crowd(Map<String, byte[]> versions) {
		this.versions = versions;
	}

	/** Has some more readers begin. */
	public void ask(int readers, URI image) {
		for (int i = 0; i < readers; i++) {
			this.responses.add(CompletableFuture.supplyAsync(() -> read(image), this.readers));
		}
	}

	/** Waits for all responses. */
	public List<Response> responses() {
		return this.responses.stream().map(CompletableFuture::join).toList();
	}

	/** All responses in a line. */
	public static String summary(List<Response> responses) {
		StringBuilder summary = new StringBuilder();
		for (End end : End.values()) {
			long count = responses.stream().filter((response) -> response.end() == end).count();
			summary.append((count > 0) ? count + " " + end.name().toLowerCase(Locale.ROOT) + ", " : "");
		}
		long[] first = responses.stream().mapToLong((response) -> response.firstByte().toMillis()).sorted().toArray();
		long last = responses.stream().mapToLong((response) -> response.lastByte().toMillis()).max().orElse(0);
		return summary + "first byte " + first[0] + " to " + first[first.length - 1] + " ms, last byte " + last + " ms";
	}

	private Response read(URI image) {
		long begin = System.nanoTime();
		try {
			HttpResponse<InputStream> response = this.client
				.send(HttpRequest.newBuilder(image).timeout(DEADLINE).build(), BodyHandlers.ofInputStream());
			return read(response, begin);
		}
		catch (HttpTimeoutException ex) {
			return new Response(End.LATE, 0, since(begin), since(begin));
		}
		catch (IOException ex) {
			return new Response(End.CUT, 0, since(begin), since(begin));
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private Response read(HttpResponse<InputStream> response, long begin) throws IOException {
		byte[] stored = this.versions.get(response.headers().firstValue("ETag").orElse(""));
		if (response.statusCode() == 200 && stored == null) {
			response.body().close();
			return new Response(End.WRONG, 200, since(begin), since(begin));
		}
		byte[] piece = new byte[16 * 1024];
		int position = 0;
		Duration firstByte = null;
		try (InputStream body = response.body()) {
			for (int count = body.read(piece); count >= 0; count = body.read(piece)) {
				firstByte = (firstByte != null) ? firstByte : since(begin);
				if (response.statusCode() == 200 && !fits(piece, count, stored, position)) {
					return new Response(End.WRONG, 200, firstByte, since(begin));
				}
				position += count;
			}
		}
		catch (IOException ex) {
			return new Response(End.CUT, response.statusCode(), (firstByte != null) ? firstByte : since(begin),
					since(begin));
		}
		End end = (response.statusCode() != 200) ? End.REFUSED : (position == stored.length) ? End.WHOLE : End.WRONG;
		return new Response(end, response.statusCode(), (firstByte != null) ? firstByte : since(begin), since(begin));
	}

	private static boolean fits(byte[] piece, int count, byte[] stored, int position) {
		return position + count <= stored.length && Arrays.equals(piece, 0, count, stored, position, position + count);
	}

	private static Duration since(long begin) {
		return Duration.ofNanos(System.nanoTime() - begin);
	}

	@Override
	public void close() {
		this.readers.shutdownNow();
		this.client.shutdownNow();
	}

}
