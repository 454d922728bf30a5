package ai.doxle.imageorigin.fault;

import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.sync.RedisCommands;
import org.junit.jupiter.api.Test;

import ai.doxle.imageorigin.harness.Crowd;
import ai.doxle.imageorigin.harness.Crowd.End;
import ai.doxle.imageorigin.harness.OriginProcess;
import ai.doxle.imageorigin.harness.RunningOrigin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What readers see when an instance ends, and what an instance does when readers leave.
 */
class InstanceFaultTableIT extends FaultTable {

	@Test
	void anInstanceIsKilledWhileItLoadsForTheOther() {
		RunningOrigin two = join();
		try (OriginProcess one = OriginProcess.start(this.s3.originProperties(0), this.redis.originProperties(),
				open())) {
			Crowd lost = new Crowd(VERSIONS);
			this.s3.pace(PAUSE);
			long before = this.s3.sent();
			lost.ask(5, one.image("killed.png"));
			await().until(() -> this.s3.sent() - before > IMAGE.length / 4);
			this.crowd.ask(20, two.image("killed.png"));
			await().until(() -> this.s3.sent() - before > IMAGE.length / 2);
			one.kill();
			assertAllWhole();
			assertThat(lost.responses()).allMatch((response) -> response.end() == End.CUT);
			lost.close();
		}
	}

	@Test
	void anInstanceIsKilledWhileItLoadsAndItsChunksExpireInMinutes() {
		try (OriginProcess one = OriginProcess.start(this.s3.originProperties(0), this.redis.originProperties(),
				open());
				RedisClient client = RedisClient.create(RedisURI.create(this.redis.host(), this.redis.port()))) {
			RedisCommands<String, String> commands = client.connect().sync();
			Crowd lost = new Crowd(VERSIONS);
			this.s3.pace(PAUSE);
			lost.ask(2, one.image("orphan.png"));
			await().until(() -> commands.keys("*chunk:*").size() > 2);
			one.kill();
			assertThat(commands.keys("*chunk:*")).hasSizeGreaterThan(2)
				.allSatisfy((key) -> assertThat(commands.ttl(key)).isBetween(0L, 300L));
			assertThat(commands.keys("*:first")).allSatisfy((key) -> assertThat(commands.ttl(key)).isBetween(0L, 300L));
			assertThat(lost.responses()).allMatch((response) -> response.end() == End.CUT);
			lost.close();
		}
	}

	@Test
	void anInstanceEndsWhileItLoadsForTheOther() throws Exception {
		RunningOrigin two = join();
		try (OriginProcess one = OriginProcess.start(this.s3.originProperties(0), this.redis.originProperties(),
				open())) {
			this.s3.pace(PAUSE);
			long before = this.s3.sent();
			this.crowd.ask(5, one.image("ended.png"));
			await().until(() -> this.s3.sent() - before > IMAGE.length / 4);
			this.crowd.ask(20, two.image("ended.png"));
			one.terminate();
			assertAllWhole();
			assertThat(one.ends()).isTrue();
		}
	}

	@Test
	void allReadersLeaveAndTheLoadIsKept() throws Exception {
		RunningOrigin one = join();
		RunningOrigin two = join();
		this.s3.pace(PAUSE);
		Crowd leaving = new Crowd(VERSIONS);
		leaving.ask(20, one.image("left.png"));
		await().until(() -> this.s3.sent() > IMAGE.length / 4);
		leaving.close();
		this.crowd.ask(10, two.image("left.png"));
		assertAllWhole();
		await().until(() -> one.cacheStatus("left.png").equals("image-origin-memory; hit"));
		assertThat(this.s3.sent()).isEqualTo(IMAGE.length);
	}

	@Test
	void oneReaderIsSlow() throws Exception {
		RunningOrigin one = join();
		try (Socket slow = new Socket()) {
			slow.setReceiveBufferSize(16 * 1024);
			slow.connect(new InetSocketAddress("127.0.0.1", one.port()));
			slow.getOutputStream()
				.write("GET /proxy-image/slow.png HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
					.getBytes(StandardCharsets.US_ASCII));
			this.crowd.ask(20, one.image("slow.png"));
			assertAllWhole();
			byte[] response = slow.getInputStream().readAllBytes();
			assertThat(Arrays.copyOfRange(response, response.length - IMAGE.length, response.length)).isEqualTo(IMAGE);
		}
		assertThat(this.s3.sent()).isEqualTo(IMAGE.length);
	}

}
