package ai.doxle.imageorigin.store.s3;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;

import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.http.nio.netty.SdkEventLoopGroup;

import ai.doxle.imageorigin.runtime.LoopExecutor;
import ai.doxle.imageorigin.store.StoreProperties;
import ai.doxle.imageorigin.store.s3.client.CrtConnections;
import ai.doxle.imageorigin.store.s3.client.S3Clients;

/**
 * The buckets of the configuration, each with clients of its own: a slow or failing
 * endpoint must not use up another's connections.
 */
final class S3Buckets implements AutoCloseable {

	/** Most are renewed ahead of time by a thread of the provider's own. */
	private final DefaultCredentialsProvider credentials = DefaultCredentialsProvider.builder()
		.asyncCredentialUpdateEnabled(true)
		.build();

	private final Disposable announcement;

	private final @Nullable CrtConnections crt;

	private final List<S3Clients> clients = new ArrayList<>();

	private final Map<String, S3ImageStore> stores = new LinkedHashMap<>();

	private final Map<String, S3Probe> probes = new LinkedHashMap<>();

	/**
	 * @param eventLoops for the connections
	 */
	S3Buckets(StoreProperties properties, SdkEventLoopGroup eventLoops) {
		this.crt = CrtConnections.of(properties);
		NonBlockingCredentials awaited = new NonBlockingCredentials(this.credentials);
		this.announcement = awaited.announce();
		Executor executor = new LoopExecutor(eventLoops.eventLoopGroup());
		properties.buckets().forEach((bucket) -> {
			S3Clients client = new S3Clients(properties, bucket, this.credentials, eventLoops, this.crt);
			this.clients.add(client);
			String name = bucket.name() + "-" + this.clients.size();
			this.stores.put(name, new S3ImageStore(client, awaited, bucket.name(), properties, executor));
			this.probes.put(name, new S3Probe(client.heads(), awaited, bucket.name()));
		});
	}

	/** The buckets by name, in order of preference. */
	Map<String, S3ImageStore> stores() {
		return this.stores;
	}

	/** What asks each bucket, by the same names, whether it is there. */
	Map<String, S3Probe> probes() {
		return this.probes;
	}

	@Override
	public void close() {
		this.announcement.dispose();
		this.clients.forEach(S3Clients::close);
		if (this.crt != null) {
			this.crt.close();
		}
		this.credentials.close();
	}

}
