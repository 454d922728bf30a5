package ai.doxle.imageorigin.fault;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Properties;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import ai.doxle.imageorigin.harness.LocalCertificate;
import ai.doxle.imageorigin.harness.OriginSettings;
import ai.doxle.imageorigin.harness.RunningOrigin;
import ai.doxle.imageorigin.harness.TokenIssuer;
import ai.doxle.imageorigin.harness.load.CapturedWarnings;
import ai.doxle.imageorigin.harness.load.DelayedS3;
import ai.doxle.imageorigin.harness.load.DisconnectingClients;
import ai.doxle.imageorigin.harness.load.Ending;
import ai.doxle.imageorigin.harness.load.OriginUsage;
import ai.doxle.imageorigin.harness.load.Subject;
import ai.doxle.imageorigin.harness.load.Tally;
import ai.doxle.imageorigin.harness.load.Transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Clients that leave at every moment of an answer: whatever an answer took is given back
 * without any further request, and nothing about it is in the log. The origin's memory
 * holds few images, so that they are evicted all the time, and S3 takes about as long as
 * the clients stay.
 */
@ParameterizedClass(name = "{0}")
@EnumSource(Transport.class)
class AbortedResponsesIT {

	private static final long SEED = 14;

	private static final int CLIENTS = 300;

	private static final int AT_A_TIME = 48;

	private static final Duration PATIENCE = Duration.ofSeconds(15);

	@TempDir
	private static Path folder;

	private static DelayedS3 s3;

	private static RunningOrigin origin;

	private static DisconnectingClients clients;

	AbortedResponsesIT(Transport transport) {
		assertThat(transport).isNotNull();
	}

	@BeforeParameterizedClassInvocation
	static void start(Transport transport) throws Exception {
		s3 = new DelayedS3();
		origin = RunningOrigin.start(s3.originProperties(), new TokenIssuer().originProperties(), settings(transport));
		clients = new DisconnectingClients(transport, origin.port(), origin.management("").getPort(), SEED);
		clients.stay(100, AT_A_TIME, Subject.COLD);
		clients.stay(10, AT_A_TIME, Subject.LARGE);
	}

	@AfterParameterizedClassInvocation
	static void stop() {
		clients.close();
		origin.close();
		s3.close();
	}

	private static Properties settings(Transport transport) throws Exception {
		Properties settings = OriginSettings.optional()
			.with("image-origin.cache.memory.max-size", "4MB")
			.with("image-origin.cache.memory.max-object-size", "1MB")
			.with("image-origin.cache.load-size", "32MB")
			.with("image-origin.store.max-connections", "64")
			.with("image-origin.store.idle-timeout", "2s")
			.with("image-origin.send-timeout", "2s")
			.with("server.http2.enabled", String.valueOf(transport.isHttp2()));
		if (transport.isTls()) {
			LocalCertificate certificate = LocalCertificate.create(Files.createTempDirectory(folder, "tls"));
			settings.setProperty("server.ssl.certificate", certificate.file().toUri().toString());
			settings.setProperty("server.ssl.certificate-private-key", certificate.key().toUri().toString());
			settings.setProperty("management.server.ssl.enabled", "false");
		}
		return settings;
	}

	@ParameterizedTest(name = "{0}")
	@EnumSource(Answers.class)
	void giveBackWhatTheyTook(Answers answers) {
		OriginUsage before = usage();
		try (CapturedWarnings warnings = new CapturedWarnings()) {
			Tally tally = clients.leave(answers.clients(), answers.atATime(), answers.subjects());
			assertThat(tally.departures()).as("clients that left").isGreaterThan(answers.clients() / 2);
			assertThat(tally.of(Ending.WRONG)).as("wrong bytes").isZero();
			assertThat(tally.of(Ending.LATE)).as("late answers").isZero();
			await().atMost(PATIENCE)
				.untilAsserted(() -> assertThat(usage()).matches((now) -> now.isWithin(before),
						"holds no more than before: " + before));
			assertThat(warnings.lines()).as("warnings and errors").isEmpty();
		}
		expectGoodAnswers();
	}

	private static OriginUsage usage() {
		clients.closeConnections();
		return OriginUsage.of(origin, s3);
	}

	/** Cold images are kept in memory as always. */
	private static void expectGoodAnswers() {
		Tally tally = clients.stay(10, 2, Subject.COLD);
		assertThat(tally.of(Ending.WHOLE)).as("whole images").isEqualTo(10);
		assertThat(tally.stored()).as("images stored").isEqualTo(10);
	}

	/** What is left. */
	enum Answers {

		/** Images that are loaded into memory, for one client or for several. */
		COLD,
		/** Images in memory, and parts of images in memory or not. */
		PARTS,
		/** Images that pass through. */
		LARGE,
		/** What is no image. */
		OTHERS;

		/** Leak detection takes its time for each piece of a large image. */
		private int clients() {
			return (this == LARGE) ? CLIENTS / 5 : CLIENTS;
		}

		private int atATime() {
			return (this == LARGE) ? AT_A_TIME / 8 : AT_A_TIME;
		}

		private List<Subject> subjects() {
			return switch (this) {
				case COLD -> List.of(Subject.COLD, Subject.JOINED);
				case PARTS -> List.of(Subject.HIT, Subject.RANGE, Subject.MULTIPART);
				case LARGE -> List.of(Subject.LARGE);
				case OTHERS -> List.of(Subject.ABSENT, Subject.UNAUTHORIZED, Subject.MANAGEMENT);
			};
		}

	}

}
