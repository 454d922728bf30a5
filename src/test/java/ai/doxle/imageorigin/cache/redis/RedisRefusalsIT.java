package ai.doxle.imageorigin.cache.redis;

import java.util.Map;
import java.util.Properties;
import java.util.Set;

import io.lettuce.core.AclSetuserArgs;
import io.lettuce.core.KillArgs;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import ai.doxle.imageorigin.cache.RegionalAnswer.Granted;
import ai.doxle.imageorigin.cache.RegionalAnswer.Unavailable;
import ai.doxle.imageorigin.harness.LocalRedis;
import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSelection;

import static ai.doxle.imageorigin.cache.redis.RegionInstance.PATIENCE;
import static ai.doxle.imageorigin.cache.redis.RegionInstance.await;
import static ai.doxle.imageorigin.cache.redis.RegionInstance.head;
import static ai.doxle.imageorigin.cache.redis.RegionInstance.image;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The reason why Redis cannot be used is logged once and is in health, never with the
 * password.
 */
@ExtendWith(OutputCaptureExtension.class)
class RedisRefusalsIT {

	private static final String PASSWORD = "swordfish-7319";

	private static final ImageKey KEY = new ImageKey("projects/123/blocks/456/img.jpg");

	private static final byte[] BYTES = image(2 * ImageChunk.SIZE, 1);

	@Test
	void aWrongPasswordIsNamed(CapturedOutput output) {
		try (LocalRedis redis = LocalRedis.start(user("+@all"))) {
			assertNamed(with(redis, "images", "no-" + PASSWORD), "wrongpass",
					"the user name or the password is wrong (WRONGPASS)", output);
		}
	}

	@Test
	void aMissingPasswordIsNamed(CapturedOutput output) {
		try (LocalRedis redis = LocalRedis.start(); RawRedis raw = new RawRedis(redis.host(), redis.port())) {
			raw.commands().configSet("requirepass", PASSWORD);
			assertNamed(redis.originProperties(), "noauth", "it wants a password, and none is configured (NOAUTH)",
					output);
		}
	}

	@Test
	void anUnknownHostIsNamed(CapturedOutput output) {
		Properties properties = new Properties();
		properties.setProperty("image-origin.cache.redis.enabled", "true");
		properties.setProperty("spring.data.redis.host", "redis.invalid");
		assertNamed(properties, "unknown-host", "its host is unknown (UNKNOWN_HOST: ", output);
	}

	@Test
	void aServerWithoutTlsIsNamed(CapturedOutput output) {
		try (LocalRedis redis = LocalRedis.start()) {
			Properties properties = redis.originProperties();
			properties.setProperty("spring.data.redis.ssl.enabled", "true");
			assertNamed(properties, "handshake",
					"it does not greet a new connection: it hangs, or TLS is on at one end only (HANDSHAKE)", output);
		}
	}

	private static void assertNamed(Properties properties, String error, String words, CapturedOutput output) {
		try (RegionInstance instance = RegionInstance.start(properties, Map.of())) {
			await(() -> instance.breaker().getMetrics().getNumberOfNotPermittedCalls() > 0
					&& hasError(instance, error));
			assertThat(instance.claim(KEY)).isInstanceOf(Unavailable.class);
			assertThat(instance.health().getStatus()).isEqualTo(Status.UNKNOWN);
			assertThat(instance.health().getDetails().get("errors")).asString().contains(words);
		}
		assertThat(output).containsOnlyOnce("Redis: " + words)
			.containsOnlyOnce("Redis is unavailable; serving from memory and S3")
			.doesNotContain(PASSWORD);
	}

	private static boolean hasError(RegionInstance instance, String name) {
		return instance.health().getDetails().get("errors") instanceof Map<?, ?> errors && errors.containsKey(name);
	}

	@ParameterizedTest
	@ValueSource(strings = { "evalsha", "hmget", "hset", "set", "zadd", "xrange" })
	void aMissingRightIsNamed(String command, CapturedOutput output) {
		try (LocalRedis redis = LocalRedis.start(user("+@all -" + command));
				RegionInstance instance = RegionInstance.start(with(redis, "images", PASSWORD), Map.of())) {
			if (!Set.of("evalsha", "hset", "xrange").contains(command)) {
				instance.awaitAvailable();
			}
			if (instance.claim(KEY) instanceof Granted granted) {
				instance.keep(granted.lease(), head(BYTES, "v1"), BYTES).block(PATIENCE);
			}
			assertThat(instance.look(KEY)).isNull();
			await(() -> hasError(instance, "noperm"));
		}
		assertThat(output).containsOnlyOnce("Redis: the user lacks a right (NOPERM: ").doesNotContain(PASSWORD);
	}

	@Test
	void aMissingRightToReadDeletesNothing() {
		try (LocalRedis redis = LocalRedis.start(user("+@all -get"));
				RegionInstance writer = RegionInstance.join(redis.originProperties());
				RegionInstance instance = RegionInstance.join(with(redis, "images", PASSWORD))) {
			writer.load(KEY, head(BYTES, "v1"), BYTES);
			assertThat(instance.claim(KEY)).isInstanceOf(Unavailable.class);
			assertThat(instance.cache().look(KEY).block(PATIENCE)).isInstanceOf(Unavailable.class);
			assertThat(writer.held(KEY)).isEqualTo(BYTES);
		}
	}

	@Test
	void aPasswordThatIsChangedIsNamed(CapturedOutput output) {
		try (LocalRedis redis = LocalRedis.start(user("+@all"));
				RawRedis raw = new RawRedis(redis.host(), redis.port());
				RegionInstance instance = RegionInstance.join(with(redis, "images", PASSWORD))) {
			instance.load(KEY, head(BYTES, "v1"), BYTES);
			raw.commands().aclSetuser("images", AclSetuserArgs.Builder.resetpass().addPassword("another"));
			raw.commands().clientKill(KillArgs.Builder.user("images"));
			await(() -> hasError(instance, "wrongpass"));
			raw.commands().aclSetuser("images", AclSetuserArgs.Builder.addPassword(PASSWORD));
			instance.awaitAvailable();
			assertThat(instance.held(KEY)).isEqualTo(BYTES);
		}
		assertThat(output).containsOnlyOnce("Redis: the user name or the password is wrong (WRONGPASS)")
			.doesNotContain(PASSWORD);
	}

	@Test
	void scriptsThatAreForbiddenAreNamed(CapturedOutput output) {
		try (LocalRedis redis = LocalRedis.start("rename-command EVALSHA \"\"");
				RegionInstance instance = RegionInstance.start(redis.originProperties(), Map.of())) {
			assertThat(instance.claim(KEY)).isInstanceOf(Unavailable.class);
			await(() -> hasError(instance, "unknown-command"));
			assertThatExceptionOfType(ImageFailure.Unavailable.class)
				.isThrownBy(() -> instance.cache().forget(new ImageSelection.OneImage(KEY)).block(PATIENCE));
		}
		assertThat(output).containsOnlyOnce("Redis: it lacks a command that is needed, such as EVALSHA");
	}

	private static String user(String rights) {
		return "user images on >" + PASSWORD + " ~image-origin:1:* " + rights;
	}

	private static Properties with(LocalRedis redis, String user, String password) {
		Properties properties = redis.originProperties();
		properties.setProperty("spring.data.redis.username", user);
		properties.setProperty("spring.data.redis.password", password);
		return properties;
	}

}
