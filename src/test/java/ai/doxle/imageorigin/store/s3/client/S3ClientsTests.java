package ai.doxle.imageorigin.store.s3.client;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.http.nio.netty.SdkEventLoopGroup;

import ai.doxle.imageorigin.runtime.ResourceScope.Kind;
import ai.doxle.imageorigin.store.StoreProperties;
import ai.doxle.imageorigin.store.StoreProperties.Client;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Which client reads what; nothing is read.
 */
class S3ClientsTests {

	/** An eighth of them is the CRT's. */
	private static final int CONNECTIONS = 16;

	private final StoreProperties.Bucket bucket = new StoreProperties.Bucket("images", "us-east-1",
			URI.create("http://127.0.0.1:9"), true);

	private final StoreProperties properties = new StoreProperties(List.of(this.bucket), Duration.ofSeconds(1),
			Duration.ofSeconds(1), Duration.ofSeconds(1), CONNECTIONS, null, CONNECTIONS, DataSize.ofKilobytes(16),
			Client.AUTO);

	private final SdkEventLoopGroup loops = SdkEventLoopGroup.builder().numberOfThreads(1).build();

	private final CrtConnections crt = Objects.requireNonNull(CrtConnections.of(this.properties));

	private final S3Clients clients = new S3Clients(this.properties, this.bucket, AnonymousCredentialsProvider.create(),
			this.loops, this.crt);

	@AfterEach
	void close() {
		this.clients.close();
		this.crt.close();
		this.loops.eventLoopGroup().shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
	}

	@Test
	void readsLoadsByTheCrtAndAllElseByNetty() {
		assertThat(this.clients.way(Kind.LOAD).gathered()).isTrue();
		assertThat(this.clients.way(Kind.UNKEPT_LOAD).gathered()).isFalse();
		assertThat(this.clients.way(Kind.RESPONSE).gathered()).isFalse();
	}

	@Test
	void readsByNettyWhatIsBeyondTheCrtsShare() {
		assertThat(this.clients.way(Kind.LOAD).gathered()).isTrue();
		assertThat(this.clients.way(Kind.LOAD).gathered()).isTrue();
		assertThat(this.clients.way(Kind.LOAD).gathered()).isFalse();
	}

	@Test
	void hasTheCrtRestWhereOnlyRepeatedLoadsHaveResponses() {
		this.clients.way(Kind.LOAD);
		respondToRepeated(Kind.LOAD, 3);
		assertThat(this.clients.way(Kind.LOAD).gathered()).isFalse();
	}

	@Test
	void blamesTheCrtForNoneOfNettysSilentReads() {
		this.clients.way(Kind.LOAD);
		respondToRepeated(Kind.RESPONSE, 3);
		assertThat(this.clients.way(Kind.LOAD).gathered()).isTrue();
	}

	@Test
	void triesNettyWhereTheCrtCannotConnectUnlessNettyCouldNotEither() {
		S3Clients.Way byCrt = this.clients.way(Kind.LOAD);
		assertThat(this.clients.otherThan(byCrt)).isNotNull();
		assertThat(this.clients.otherThan(this.clients.way(Kind.RESPONSE))).isNull();
		this.clients.bothFailed();
		assertThat(this.clients.otherThan(byCrt)).isNull();
	}

	private void respondToRepeated(Kind kind, int times) {
		for (int i = 0; i < times; i++) {
			this.clients.respondedSecond(this.clients.secondWay(kind), kind);
		}
	}

}
