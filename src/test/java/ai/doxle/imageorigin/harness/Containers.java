package ai.doxle.imageorigin.harness;

import java.net.URI;
import java.time.Duration;
import java.util.Properties;

import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggingSystem;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;

/**
 * The servers that the origin needs, as containers, for machines where Docker answers.
 */
public final class Containers {

	/** MinIO left Docker Hub; this is its last release. */
	private static final String MINIO = "quay.io/minio/minio:RELEASE.2025-09-07T16-13-09Z";

	private static final int MINIO_PORT = 9000;

	private static final String REDIS = "docker.io/library/redis:8.2.10-alpine";

	private static final int REDIS_PORT = 6379;

	private static final Duration PATIENCE = Duration.ofMinutes(2);

	private Containers() {
	}

	/** Whether Docker answers. */
	public static boolean available() {
		// that it does not is no error here
		LoggingSystem.get(Containers.class.getClassLoader()).setLogLevel("org.testcontainers", LogLevel.OFF);
		return DockerClientFactory.instance().isDockerAvailable();
	}

	/** Starts MinIO with an empty bucket. */
	public static LocalS3 minio(String bucket) {
		GenericContainer<?> server = started(new GenericContainer<>(MINIO).withCommand("server", "/data")
			.withEnv("MINIO_ROOT_USER", LocalS3.ACCESS_KEY)
			.withEnv("MINIO_ROOT_PASSWORD", LocalS3.SECRET_KEY)
			.withExposedPorts(MINIO_PORT)
			.waitingFor(Wait.forHttp("/minio/health/ready").forPort(MINIO_PORT).withStartupTimeout(PATIENCE)));
		URI endpoint = URI.create("http://" + server.getHost() + ":" + server.getMappedPort(MINIO_PORT));
		return LocalS3.at(endpoint, bucket, server::stop);
	}

	/** Starts Redis and gives the properties that have the origin use it. */
	public static Properties redis() {
		GenericContainer<?> server = started(new GenericContainer<>(REDIS)
			// as the image has it, which Redis' own default would refuse
			.withCommand("redis-server", "--protected-mode", "no")
			.withExposedPorts(REDIS_PORT)
			.waitingFor(Wait.forListeningPort().withStartupTimeout(PATIENCE)));
		return LocalRedis.originProperties(server.getHost(), server.getMappedPort(REDIS_PORT));
	}

	private static GenericContainer<?> started(GenericContainer<?> container) {
		container.start();
		return container;
	}

}
