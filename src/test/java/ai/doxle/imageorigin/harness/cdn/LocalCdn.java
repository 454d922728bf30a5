package ai.doxle.imageorigin.harness.cdn;

import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

import org.jspecify.annotations.Nullable;
import reactor.netty.ChannelBindException;

/**
 * Edges and Origin Shield on ports of the loopback interface, in front of an origin.
 * Cookies do not know ports, so that a session at {@code localhost} is one at all edges.
 */
public final class LocalCdn implements AutoCloseable {

	private final List<Edge> edges;

	private volatile @Nullable Shield shield;

	private LocalCdn(List<Edge> edges) {
		this.edges = edges;
	}

	/** Opens an edge in each place, which serves nothing yet. */
	public static LocalCdn open(Place... places) {
		return new LocalCdn(Arrays.stream(places).map(LocalCdn::edge).toList());
	}

	/** The edges by the names of their places. */
	public Map<String, URI> addresses() {
		Map<String, URI> addresses = new LinkedHashMap<>();
		this.edges.forEach((edge) -> addresses.put(edge.place().name(), edge.address()));
		return addresses;
	}

	/** The origins (RFC 6454) of pages that come through the edges. */
	public List<String> webOrigins() {
		return this.edges.stream().map((edge) -> edge.address().toString()).toList();
	}

	/**
	 * Serves an origin.
	 * @param origin scheme, host and port
	 * @param imagePath what the paths of images begin with, such as {@code /proxy-image/}
	 * @param check decides who may see an image
	 */
	public void deploy(URI origin, String imagePath, ViewerCheck check) {
		Shield started = new Shield(origin);
		this.shield = started;
		Set<String> allowed = new TreeSet<>(webOrigins());
		allowed.add(origin.toString());
		Behaviours behaviours = new Behaviours(started.address(), origin, imagePath, check, allowed);
		this.edges.forEach((edge) -> edge.deploy(behaviours));
	}

	/**
	 * Forgets what an invalidation names, everywhere.
	 * @param items as CloudFront takes them: paths, and tags with {@code #} before them
	 */
	public void invalidate(List<String> items) {
		Shield started = this.shield;
		if (started != null) {
			started.cache().invalidate(items);
		}
		this.edges.forEach((edge) -> edge.cache().invalidate(items));
	}

	@Override
	public void close() {
		List<CacheServer> servers = new ArrayList<>(this.edges);
		Shield started = this.shield;
		if (started != null) {
			servers.add(started);
		}
		servers.forEach(CacheServer::close);
	}

	/** On another port, if something else listens on that one. */
	private static Edge edge(Place place) {
		try {
			return new Edge(place);
		}
		catch (ChannelBindException ex) {
			return new Edge(place.at(0));
		}
	}

}
