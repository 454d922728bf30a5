package ai.doxle.imageorigin.training;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The origin, as a process with settings for the training.
 */
final class TrainedOrigin implements AutoCloseable {

	/** What it inherits; nothing else of the environment may change what is trained. */
	private static final Set<String> INHERITED = Set.of("PATH", "LANG", "LANGUAGE", "LC_ALL", "JAVA_HOME");

	/** An orderly end after SIGTERM. */
	private static final int TERMINATED = 143;

	private static final int PATIENCE_SECONDS = 180;

	private final int port;

	private final int managementPort;

	private final Process process;

	private TrainedOrigin(int port, int managementPort, Process process) {
		this.port = port;
		this.managementPort = managementPort;
		this.process = process;
	}

	static TrainedOrigin start(List<String> command, TrainingBucket bucket, TrainingRedis redis, TrainingTokens tokens)
			throws IOException {
		int port = FreePort.find();
		int managementPort = FreePort.find();
		ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
		builder.environment().keySet().retainAll(INHERITED);
		builder.environment().putAll(addresses(port, managementPort));
		builder.environment().putAll(neighbours(bucket, redis));
		builder.environment().putAll(access(tokens));
		return new TrainedOrigin(port, managementPort, builder.start());
	}

	int port() {
		return this.port;
	}

	int managementPort() {
		return this.managementPort;
	}

	void requireAlive() {
		if (!this.process.isAlive()) {
			throw new IllegalStateException("The origin has ended: " + this.process.exitValue());
		}
	}

	/** Ends it as a service manager would, so that the JVM writes its cache. */
	void stop() throws InterruptedException {
		this.process.destroy();
		if (!this.process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
			throw new IllegalStateException("The origin does not end");
		}
		if (this.process.exitValue() != TERMINATED) {
			throw new IllegalStateException("The origin has ended with " + this.process.exitValue());
		}
	}

	@Override
	public void close() {
		this.process.destroyForcibly();
	}

	private static Map<String, String> addresses(int port, int managementPort) {
		return Map.of("SERVER_ADDRESS", "127.0.0.1", "SERVER_PORT", String.valueOf(port), "MANAGEMENT_SERVER_ADDRESS",
				"127.0.0.1", "MANAGEMENT_SERVER_PORT", String.valueOf(managementPort));
	}

	/**
	 * The tier in memory is smaller than what is asked for, so that images come from
	 * Redis again and again.
	 */
	private static Map<String, String> neighbours(TrainingBucket bucket, TrainingRedis redis) {
		return Map.ofEntries(Map.entry("AWS_ACCESS_KEY_ID", "training"), Map.entry("AWS_SECRET_ACCESS_KEY", "training"),
				Map.entry("AWS_EC2_METADATA_DISABLED", "true"),
				Map.entry("IMAGE_ORIGIN_STORE_BUCKETS_0_NAME", "bucket"),
				Map.entry("IMAGE_ORIGIN_STORE_BUCKETS_0_REGION", "us-east-1"),
				Map.entry("IMAGE_ORIGIN_STORE_BUCKETS_0_ENDPOINT", bucket.endpoint()),
				Map.entry("IMAGE_ORIGIN_STORE_BUCKETS_0_PATH_STYLE", "true"),
				Map.entry("IMAGE_ORIGIN_CACHE_MEMORY_MAX_SIZE", "2MB"),
				Map.entry("IMAGE_ORIGIN_CACHE_REDIS_ENABLED", "true"), Map.entry("SPRING_DATA_REDIS_HOST", "127.0.0.1"),
				Map.entry("SPRING_DATA_REDIS_PORT", String.valueOf(redis.port())));
	}

	private static Map<String, String> access(TrainingTokens tokens) {
		return Map.of("IMAGE_ORIGIN_ACCESS_MODE", "required", "SPRING_SECURITY_OAUTH2_RESOURCESERVER_JWT_ISSUER_URI",
				TrainingTokens.ISSUER, "SPRING_SECURITY_OAUTH2_RESOURCESERVER_JWT_PUBLIC_KEY_LOCATION",
				"base64:" + tokens.publicKey());
	}

}
