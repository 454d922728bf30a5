package ai.doxle.imageorigin.harness;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

class LocalRedisTests {

	@Test
	void readsTheLinesItIsGiven() throws IOException {
		try (LocalRedis redis = LocalRedis.start("maxmemory 8mb")) {
			assertThat(ask(redis, "CONFIG GET maxmemory")).contains("8388608");
		}
	}

	@Test
	void saysNothingWhilePaused() throws IOException {
		try (LocalRedis redis = LocalRedis.start()) {
			redis.pause();
			assertThatExceptionOfType(SocketTimeoutException.class).isThrownBy(() -> ask(redis, "PING"));
			redis.resume();
			assertThat(ask(redis, "PING")).startsWith("+PONG");
		}
	}

	@Test
	void comesBackEmptyOnTheSamePort() throws IOException {
		try (LocalRedis redis = LocalRedis.start()) {
			long first = redis.pid();
			assertThat(ask(redis, "SET a b")).startsWith("+OK");
			redis.kill();
			assertThatIOException().isThrownBy(() -> ask(redis, "PING"));
			redis.restart();
			assertThat(redis.pid()).isNotEqualTo(first);
			assertThat(ask(redis, "GET a")).startsWith("$-1");
		}
	}

	private static String ask(LocalRedis redis, String command) throws IOException {
		try (Socket socket = new Socket(redis.host(), redis.port())) {
			socket.setSoTimeout(500);
			socket.getOutputStream().write((command + "\r\n").getBytes(StandardCharsets.US_ASCII));
			byte[] answer = new byte[512];
			int length = socket.getInputStream().read(answer);
			return new String(answer, 0, Math.max(0, length), StandardCharsets.US_ASCII);
		}
	}

}
