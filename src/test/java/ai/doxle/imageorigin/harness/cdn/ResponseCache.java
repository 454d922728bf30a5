package ai.doxle.imageorigin.harness.cdn;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;

/**
 * What an edge or Origin Shield keeps, by path, up to a number of bytes. Concurrent
 * misses of one path wait for a single fetch.
 */
final class ResponseCache {

	private static final long MAX_BYTES = 128L << 20;

	/** The least recently used first. */
	private final LinkedHashMap<String, CachedResponse> responses = new LinkedHashMap<>(16, 0.75f, true);

	private final Map<String, CompletableFuture<CachedResponse>> fetches = new ConcurrentHashMap<>();

	private long bytes;

	private long invalidations;

	/** The response that is kept and fresh; null: none. */
	synchronized @Nullable CachedResponse get(String path) {
		CachedResponse kept = this.responses.get(path);
		if (kept != null && kept.age().compareTo(kept.life()) >= 0) {
			remove(path);
			return null;
		}
		return kept;
	}

	/**
	 * Fetches a response, or waits for whoever is fetching it. A response that must not
	 * be kept is not shared either.
	 */
	CachedResponse fetch(String path, Function<String, CachedResponse> source) {
		CompletableFuture<CachedResponse> own = new CompletableFuture<>();
		CompletableFuture<CachedResponse> other = this.fetches.putIfAbsent(path, own);
		if (other != null) {
			CachedResponse shared = awaitFetch(other);
			return shared.life().isZero() ? source.apply(path) : shared;
		}
		try {
			long before = invalidations();
			CachedResponse response = source.apply(path);
			put(path, response, before);
			own.complete(response);
			return response;
		}
		catch (RuntimeException ex) {
			own.completeExceptionally(ex);
			throw ex;
		}
		finally {
			this.fetches.remove(path, own);
		}
	}

	/** Fails with whatever the fetch has failed with. */
	private static CachedResponse awaitFetch(CompletableFuture<CachedResponse> fetch) {
		try {
			return fetch.join();
		}
		catch (CompletionException ex) {
			throw (ex.getCause() instanceof RuntimeException cause) ? cause : ex;
		}
	}

	/**
	 * Forgets what an invalidation names.
	 * @param items paths, maybe with {@code *} at their end, and tags with {@code #}
	 * before them
	 */
	synchronized void invalidate(List<String> items) {
		this.invalidations++;
		List<String> named = this.responses.entrySet()
			.stream()
			.filter((entry) -> items.stream().anyMatch((item) -> names(item, entry.getKey(), entry.getValue())))
			.map(Map.Entry::getKey)
			.toList();
		named.forEach(this::remove);
	}

	/** What was being fetched during an invalidation is older than it. */
	private synchronized void put(String path, CachedResponse response, long before) {
		if (!response.life().isZero() && before == this.invalidations) {
			remove(path);
			this.responses.put(path, response);
			this.bytes += response.body().length;
			while (this.bytes > MAX_BYTES) {
				remove(this.responses.firstEntry().getKey());
			}
		}
	}

	private synchronized long invalidations() {
		return this.invalidations;
	}

	private synchronized void remove(String path) {
		CachedResponse removed = this.responses.remove(path);
		if (removed != null) {
			this.bytes -= removed.body().length;
		}
	}

	private static boolean names(String item, String path, CachedResponse response) {
		if (item.startsWith("#")) {
			return response.carries(item.substring(1));
		}
		return item.endsWith("*") ? path.startsWith(item.substring(0, item.length() - 1)) : path.equals(item);
	}

}
