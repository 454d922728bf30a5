package ai.doxle.imageorigin.training;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs the origin under the load that its AOT cache is to remember, then ends it in an
 * orderly way. The arguments are the command that starts the origin; with
 * {@code -XX:AOTCacheOutput} among them, the JVM writes the cache as it ends.
 * <p>
 * Needs the keytool of its own Java and a Redis server, whose command is in the property
 * {@code training.redis} or one of those that packages bring, but no network: the bucket
 * is an HTTPS server in this process.
 */
final class TrainingRun {

	private static final String CACHE_OPTION = "-XX:AOTCacheOutput=";

	private TrainingRun() {
	}

	public static void main(String[] arguments) throws Exception {
		// Otherwise each response with a body waits 40 ms for an acknowledgement.
		System.setProperty("sun.net.httpserver.nodelay", "true");
		List<String> command = List.of(arguments);
		train(command);
		requireCache(command);
	}

	private static void train(List<String> command) throws Exception {
		TrainingTokens tokens = new TrainingTokens();
		try (TrainingCertificate certificate = TrainingCertificate.make();
				TrainingBucket bucket = new TrainingBucket(certificate);
				TrainingRedis redis = TrainingRedis.start();
				TrainedOrigin origin = TrainedOrigin.start(trusting(command, certificate), bucket, redis, tokens)) {
			try (TrainingLoad load = new TrainingLoad(origin, tokens)) {
				load.awaitReadiness();
				System.out.println(load.run() + " images came from Redis");
			}
			origin.stop();
		}
	}

	/** The command with options of its own, which follow the program's name. */
	private static List<String> trusting(List<String> command, TrainingCertificate certificate) {
		List<String> trusting = new ArrayList<>(command);
		trusting.addAll(1, certificate.trust());
		return trusting;
	}

	/** The JVM ends as it would without the option if it cannot write the cache. */
	private static void requireCache(List<String> command) {
		for (String argument : command) {
			if (argument.startsWith(CACHE_OPTION)
					&& !Files.exists(Path.of(argument.substring(CACHE_OPTION.length())))) {
				throw new IllegalStateException("The JVM wrote no cache: " + argument);
			}
		}
	}

}
