package ai.doxle.imageorigin.store.s3.client;

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
public final class CrtConnections implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(CrtConnections.class);

	/** With {@code auto} that part of a bucket's connections may be the CRT's. */
	private static final int SHARE = 8;

	/** The SDK refuses fewer. */
	private static final int FEWEST_LOOPS = 2;

	/** How much of a body the CRT reads before it is taken. */
	private static final long WINDOW = 128 * 1024;

	/** Its least throughput within a day: slow readers are not to be blamed on S3. */
	private static final Duration NEVER = Duration.ofDays(1);

	private final SdkAsyncHttpClient client;

	private final int limit;

	private CrtConnections(StoreProperties properties, int limit) {
		this.limit = limit;
		this.client = AwsCrtAsyncHttpClient.builder()
			.connectionTimeout(properties.connectTimeout())
			.tlsNegotiationTimeout(properties.firstByteTimeout())
			.connectionAcquisitionTimeout(properties.firstByteTimeout())
			.connectionMaxIdleTime(S3Clients.KEEP_ALIVE)
			.maxConcurrency(S3Clients.connections(properties))
			.numEventLoopThreads(Math.max(FEWEST_LOOPS, Runtime.getRuntime().availableProcessors()))
			.readBufferSizeInBytes(WINDOW)
			.useTrustStoreSystemProperties(true)
			.connectionHealthConfiguration(
					(health) -> health.minimumThroughputInBps(1L).minimumThroughputTimeout(NEVER))
			.build();
		// the CRT stops when the JVM is told to end, unless somebody needs it still
		CRT.acquireShutdownRef();
	}

	/**
	 * The connections that the properties ask for; null if only Netty shall read, or for
	 * {@link Client#AUTO} if the CRT cannot be had.
	 */
	public static @Nullable CrtConnections of(StoreProperties properties) {
		CrtMemory memory = CrtMemory.ofThisProcess();
		return switch (properties.client()) {
			case NETTY -> null;
			case CRT -> required(properties, memory);
			case AUTO -> possible(properties, memory);
		};
	}

	private static CrtConnections required(StoreProperties properties, CrtMemory memory) {
		memory.check(properties.maxConnections() * properties.buckets().size());
		try {
			return open(properties, properties.maxConnections());
		}
		catch (CrtRuntimeException | LinkageError failure) {
			throw new InvalidConfigurationPropertyValueException("image-origin.store.client", "crt",
					"the CRT cannot be used (" + failure.getMessage() + "): unpack its library into a folder of "
							+ "-Djava.library.path, name a folder that may hold programs with -Daws.crt.lib.dir, "
							+ "or take netty");
		}
	}

	private static @Nullable CrtConnections possible(StoreProperties properties, CrtMemory memory) {
		int limit = Math.min(Math.ceilDiv(properties.maxConnections(), SHARE),
				memory.connections() / properties.buckets().size());
		try {
			if (limit > 0) {
				return open(properties, limit);
			}
			logger.info("S3 is read by Netty alone, not by the CRT: the JVM leaves no memory for it "
					+ "(image-origin.store.client)");
		}
		catch (CrtRuntimeException | LinkageError failure) {
			warn(String.valueOf(failure.getMessage()));
		}
		return null;
	}

	private static void warn(String reason) {
		logger.warn("S3 is read by Netty alone, not by the CRT: {} (image-origin.store.client)", reason);
	}

	/** Loads the library first: it fails as an error wherever it is needed otherwise. */
	private static CrtConnections open(StoreProperties properties, int limit) {
		CRT.checkLoaded();
		return new CrtConnections(properties, limit);
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
