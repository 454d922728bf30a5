package ai.doxle.imageorigin;

import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which package may depend on which others: the layout of the code, as one table.
 */
final class PackageDirections {

	static final String ROOT = "ai.doxle.imageorigin";

	/** All others may depend on it. */
	private static final String RUNTIME = "runtime";

	private static final Map<String, Set<String>> ALLOWED = parse("""
			image             ->
			runtime           ->
			offheap           -> image
			cache             -> offheap, image
			cache.memory      -> cache, offheap, image
			cache.redis       -> cache.redis.link, cache.redis.purge, cache, offheap, image
			cache.redis.order -> cache.redis.link, cache, image
			cache.redis.purge -> cache.redis.link, cache, image
			cache.redis.link  ->
			store             -> image
			store.s3          -> store.s3.client, store.s3.response, store, image
			store.s3.client   -> store
			store.s3.response -> image
			access            -> access.keys, access.viewer, image
			access.keys       ->
			access.viewer     -> access.viewer.key, image
			access.viewer.key ->
			delivery          -> delivery.load, delivery.lookup, delivery.type, cache, offheap, store, image
			delivery.load     -> delivery.lookup, delivery.type, cache, offheap, store, image
			delivery.lookup   ->
			delivery.type     -> store, image
			web               -> web.request, web.head, web.response, web.body, web.server, delivery, delivery.lookup, \
			                     access, image
			web.request       -> access, image
			web.head          -> web.request, web.response, web.server
			web.response      -> web.request, web.body, delivery, delivery.lookup, access, image
			web.body          -> image
			web.server        ->
			web.shortcut      -> web.request, web.head, web.response, web.server, delivery, delivery.lookup, image
			admin             -> delivery, cache, offheap, store, image
			admin.events      -> admin.events.payload, admin, delivery, cache, offheap, store, image
			admin.events.payload -> image
			admin.events.sqs  -> admin.events, admin.events.payload, admin, image
			admin.endpoint    -> admin, admin.events, admin.events.payload, access, image
			admin.cloudfront  -> admin, image
			session           -> access, access.viewer, access.viewer.key
			session.endpoint  -> session, web.request, web.response, access, access.viewer, image
			telemetry         -> access.viewer, delivery, delivery.lookup, cache, offheap, store, image
			""");

	private PackageDirections() {
	}

	private static Map<String, Set<String>> parse(String table) {
		return table.lines()
			.map((line) -> line.split("->", 2))
			.collect(Collectors.toMap((row) -> row[0].strip(), (row) -> names(row[1])));
	}

	private static Set<String> names(String list) {
		return Arrays.stream(list.split(","))
			.map(String::strip)
			.filter((name) -> !name.isEmpty())
			.collect(Collectors.toUnmodifiableSet());
	}

	/** All packages, without their root. */
	static Set<String> packages() {
		return ALLOWED.keySet();
	}

	/**
	 * Whether a package may depend on another.
	 * @param from its whole name
	 * @param to the other's whole name
	 */
	static boolean allow(String from, String to) {
		String below = below(to);
		return from.equals(to) || below.equals(RUNTIME) || ALLOWED.getOrDefault(below(from), Set.of()).contains(below);
	}

	private static String below(String name) {
		return name.equals(ROOT) ? "" : name.substring(ROOT.length() + 1);
	}

}
