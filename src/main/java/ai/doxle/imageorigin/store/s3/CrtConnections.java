package ai.doxle.imageorigin.store.s3;

import java.time.Duration;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import software.amazon.awssdk.crt.CRT;
import software.amazon.awssdk.crt.CrtRuntimeException;
import software.amazon.awssdk.http.async.SdkAsyncHttpClient;
import software.amazon.awssdk.http.crt.AwsCrtAsyncHttpClient;

import ai.doxle.imageorigin.store.StoreProperties;
import ai.doxle.imageorigin.store.StoreProperties.Client;

/**
 * Connections of the CRT's HTTP client to all buckets, on event loops of its own.
 */
final class CrtConnections implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(CrtConnections.class);

	/** With {@code auto} that part of a bucket's connections may be the CRT's. */
	private static final int SHARE = 8;

	/** How much of a body the CRT reads before it is taken. */
	private static final long WINDOW = 128 * 1024;

	/** Its least throughput within a day: slow readers are not to be blamed on S3. */
	private static final Duration NEVER = Duration.ofDays(1);

	private final SdkAsyncHttpClient client;

	private final int limit;

	private CrtConnections(StoreProperties properties, int limit) {
		CRT.acquireShutdownRef();
		this.limit = limit;
		this.client = AwsCrtAsyncHttpClient.builder()
			.connectionTimeout(properties.connectTimeout())
			.tlsNegotiationTimeout(properties.firstByteTimeout())
			.connectionAcquisitionTimeout(properties.firstByteTimeout())
			.connectionMaxIdleTime(S3Clients.KEEP_ALIVE)
			.maxConcurrency(S3Clients.connections(properties))
			.numEventLoopThreads(Runtime.getRuntime().availableProcessors())
			.readBufferSizeInBytes(WINDOW)
			.useTrustStoreSystemProperties(true)
			.connectionHealthConfiguration(
					(health) -> health.minimumThroughputInBps(1L).minimumThroughputTimeout(NEVER))
			.build();
	}

	/**
	 * The connections that the properties ask for; null if only Netty shall read, or for
	 * {@link Client#AUTO} if the CRT cannot be had.
	 */
	static @Nullable CrtConnections of(StoreProperties properties, CrtMemory memory) {
		return switch (properties.client()) {
			case NETTY -> null;
			case CRT -> {
				requireLibrary();
				memory.check(properties.maxConnections());
				yield new CrtConnections(properties, properties.maxConnections());
			}
			case AUTO -> {
				int limit = Math.min(Math.ceilDiv(properties.maxConnections(), SHARE), memory.connections());
				yield (isUsable(limit)) ? new CrtConnections(properties, limit) : null;
			}
		};
	}

	private static void requireLibrary() {
		String failure = load();
		if (failure != null) {
			throw new InvalidConfigurationPropertyValueException("image-origin.store.client", "crt",
					"the CRT's library cannot be loaded (" + failure
							+ "): unpack it into a folder of -Djava.library.path, name a folder that "
							+ "may hold programs with -Daws.crt.lib.dir, or take netty");
		}
	}

	private static boolean isUsable(int limit) {
		String failure = (limit > 0) ? load() : "there is no memory for it outside the JVM";
		if (failure != null) {
			logger.warn("S3 is read by Netty alone, not by the CRT: {} (image-origin.store.client)", failure);
		}
		return failure == null;
	}

	/** Why the library cannot be loaded; null if it is. */
	private static @Nullable String load() {
		try {
			new CRT();
			CRT.checkLoaded();
			return null;
		}
		catch (CrtRuntimeException | LinkageError failure) {
			return String.valueOf(failure.getMessage());
		}
	}

	SdkAsyncHttpClient client() {
		return this.client;
	}

	/** How many reads of one bucket may be under way. */
	int limit() {
		return this.limit;
	}

	@Override
	public void close() {
		this.client.close();
		CRT.releaseShutdownRef();
	}

}
