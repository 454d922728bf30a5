package ai.doxle.imageorigin.store.s3;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.core.io.buffer.DataBuffer;
import reactor.core.Disposable;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import ai.doxle.imageorigin.harness.FaultyS3;
import ai.doxle.imageorigin.harness.FaultyS3.Fault;
import ai.doxle.imageorigin.harness.LocalAuthority;
import ai.doxle.imageorigin.harness.SampleImages;
import ai.doxle.imageorigin.harness.ServerTls;
import ai.doxle.imageorigin.image.ImageFailure;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.runtime.ResourceScope;
import ai.doxle.imageorigin.runtime.ResourceScope.Kind;
import ai.doxle.imageorigin.store.StoreProperties.Client;
import ai.doxle.imageorigin.store.StoredImage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

/**
 * The faults of S3 for each client that reads it, with TLS and without, on behalf of
 * loads and of responses. Every byte is compared.
 */
@ParameterizedClass
@MethodSource("wires")
class S3ClientsIT {

	private static final ImageKey KEY = new ImageKey("a.png");

	private static final byte[] IMAGE = SampleImages.noise(1000, 1);

	private static final Duration PATIENCE = Duration.ofSeconds(60);

	@TempDir
	private static Path folder;

	private static ServerTls tls;

	private static List<ServerTls> wrong;

	private static AutoCloseable trust;

	@Parameter(0)
	private Client client;

	@Parameter(1)
	private boolean secure;

	@Parameter(2)
	private Kind kind;

	private ResourceScope scope;

	private FaultyS3 s3;

	private S3Wire wire;

	/** With auto, a load goes by the CRT; a response would go by Netty. */
	static Stream<Arguments> wires() {
		return Stream.of(Arguments.of(Client.AUTO, true, Kind.LOAD), Arguments.of(Client.CRT, true, Kind.RESPONSE),
				Arguments.of(Client.CRT, false, Kind.LOAD), Arguments.of(Client.NETTY, true, Kind.RESPONSE));
	}

	@BeforeAll
	static void createCertificates() throws Exception {
		LocalAuthority authority = LocalAuthority.create(folder);
		tls = authority.server();
		wrong = List.of(authority.expired(), authority.elsewhere());
		trust = authority.trust();
	}

	@AfterAll
	static void forgetCertificates() throws Exception {
		trust.close();
	}

	@BeforeEach
	void start() throws IOException {
		this.scope = (this.kind == Kind.LOAD) ? ResourceScope.ofLoad() : ResourceScope.ofResponse();
		this.s3 = new FaultyS3(IMAGE, this.secure ? tls : null);
		this.wire = new S3Wire(this.client, this.s3.endpoint(), Duration.ofSeconds(1));
	}

	@AfterEach
	void stop() throws IOException {
		await().atMost(PATIENCE).until(() -> this.wire.bare().openBodies() == 0);
		this.wire.close();
		await().atMost(PATIENCE).until(() -> this.s3.openConnections() == 0);
		this.s3.close();
	}

	@Test
	void readsOverKeptConnections() {
		for (int i = 0; i < 20; i++) {
			assertThat(read()).isEqualTo(IMAGE);
		}
		// a request may come before the connection of the one before it is given back
		assertThat(this.s3.openConnections()).isLessThan(10);
		assertThat(this.wire.guarded().head(KEY).block(PATIENCE).length()).isEqualTo(IMAGE.length);
		assertThat(this.wire.guarded().open(new ImageKey("absent")).blockOptional(PATIENCE)).isEmpty();
	}

	@ParameterizedTest
	@CsvSource({ "HANGS_BEFORE_HEAD, TimedOut", "SLOW_DOWN, Busy", "INTERNAL_ERROR, Unavailable",
			"ACCESS_DENIED, Forbidden", "CLOCK_SKEW, CredentialsRefused", "CLOSES, Unavailable" })
	void failsBeforeTheHead(Fault fault, String failure) {
		this.s3.failAlways(fault);
		assertThatThrownBy(this::read)
			.satisfies((thrown) -> assertThat(unwrapped(thrown)).isInstanceOf(ImageFailure.class)
				.extracting((cause) -> cause.getClass().getSimpleName())
				.isEqualTo(failure));
		this.s3.failAlways(Fault.NONE);
		assertThat(read()).isEqualTo(IMAGE);
	}

	@ParameterizedTest
	@EnumSource(names = { "HANGS_IN_BODY", "RESETS_IN_BODY", "ENDS_SHORT" })
	void resumesABrokenBody(Fault fault) {
		this.s3.failNext(fault);
		assertThat(read()).isEqualTo(IMAGE);
		assertThat(this.s3.gets()).isEqualTo(2);
	}

	/** Whatever S3 does with it, or does not. */
	@Test
	void closesTheConnectionOfABodyThatHangs() {
		this.s3.failNext(Fault.HANGS_IN_BODY);
		assertThat(read()).isEqualTo(IMAGE);
		await().atMost(PATIENCE).until(() -> this.s3.hanging() == 0);
	}

	@Test
	void closesTheConnectionOfABodyThatHangsAndIsLeft() {
		this.s3.failNext(Fault.HANGS_IN_BODY);
		DataBuffer first = opened().flatMapMany(StoredImage::body).blockFirst(PATIENCE);
		assertThat(first).isNotNull();
		this.scope.dispose();
		await().atMost(PATIENCE).until(() -> this.s3.hanging() == 0);
	}

	@Test
	void givesUpABodyThatKeepsBreaking() {
		this.s3.failAlways(Fault.RESETS_IN_BODY);
		assertFails(this::read, ImageFailure.class);
		assertThat(this.s3.gets()).isEqualTo(4);
	}

	@Test
	void noticesAnEarlyEndWithoutWaiting() throws IOException {
		try (S3Wire patient = new S3Wire(this.client, this.s3.endpoint(), Duration.ofMinutes(10))) {
			this.s3.failNext(Fault.ENDS_SHORT);
			assertThat(bytes(patient.guarded().open(KEY))).isEqualTo(IMAGE);
		}
	}

	@Test
	void readsNoRestOfAnotherVersion() {
		this.s3.failNext(Fault.RESETS_IN_BODY);
		this.s3.failAlways(Fault.OTHER_VERSION);
		assertFails(this::read, ImageFailure.class);
	}

	@Test
	void asksAgainWhereAKeptConnectionCloses() {
		for (int i = 0; i < 20; i++) {
			assertThat(read()).isEqualTo(IMAGE);
			this.s3.failNext(Fault.CLOSES);
		}
	}

	@Test
	void opensTheBreaker() {
		this.s3.failAlways(Fault.INTERNAL_ERROR);
		for (int i = 0; i < 20; i++) {
			assertThatThrownBy(this::read).isInstanceOf(Exception.class);
		}
		int asked = this.s3.gets();
		assertFails(this::read, ImageFailure.Busy.class);
		assertThat(this.s3.gets()).isEqualTo(asked);
	}

	@Test
	void nothingStaysOfBodiesThatAreLeft() throws InterruptedException {
		for (int i = 1; i <= S3Wire.CONNECTIONS; i++) {
			opened().flatMapMany(StoredImage::body).take(i).blockLast(PATIENCE);
			opened().doOnNext(StoredImage::abandon).block(PATIENCE);
			ResourceScope mine = (this.kind == Kind.LOAD) ? ResourceScope.ofLoad() : ResourceScope.ofResponse();
			Disposable reader = this.wire.guarded().open(KEY).contextWrite(mine::addTo).subscribe();
			Thread.sleep(Duration.ofNanos(i * 200_000L));
			reader.dispose();
			mine.dispose();
		}
		System.gc();
		await().atMost(PATIENCE).until(() -> this.wire.bare().openBodies() == 0);
		// all turns are free, and so are all connections
		Flux.range(0, S3Wire.CONNECTIONS)
			.flatMap((i) -> opened().flatMapMany(StoredImage::body).then(), S3Wire.CONNECTIONS / 2)
			.then()
			.block(PATIENCE);
	}

	@Test
	void aSlowReaderGetsAllFromSmallRecords() throws IOException {
		byte[] large = SampleImages.noise(2700, 3);
		assertThat(large.length).isGreaterThan(20_000_000);
		this.s3.store("\"large\"", large);
		this.s3.pieces(1024);
		Flux<DataBuffer> slow = this.wire.guarded()
			.open(KEY)
			.flatMapMany(StoredImage::body)
			.index()
			.concatMap((piece) -> (piece.getT1() % 100 == 0)
					? Mono.just(piece.getT2()).delayElement(Duration.ofMillis(5)) : Mono.just(piece.getT2()), 1);
		assertThat(collected(slow.contextWrite(this.scope::addTo))).isEqualTo(large);
	}

	@Test
	void manySmallResponsesComeOverOneConnection() {
		byte[] small = SampleImages.noise(10, 3);
		this.s3.store("\"small\"", small);
		this.s3.pieces(16);
		for (int i = 0; i < 200; i++) {
			assertThat(read()).isEqualTo(small);
		}
	}

	@Test
	void refusesAServerThatIsNotTheOne() throws IOException {
		for (ServerTls one : wrong) {
			try (FaultyS3 other = new FaultyS3(IMAGE, one);
					S3Wire to = new S3Wire(this.client, other.endpoint(), Duration.ofSeconds(1))) {
				assertFails(() -> bytes(to.guarded().open(KEY)), ImageFailure.class);
				assertThat(other.requests()).isZero();
			}
		}
	}

	@Test
	void givesUpAHandshakeThatHangs() throws IOException {
		try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
				S3Wire to = new S3Wire(this.client, URI.create("https://127.0.0.1:" + silent.getLocalPort()),
						Duration.ofSeconds(1))) {
			assertFails(() -> bytes(to.guarded().open(KEY)), ImageFailure.class);
		}
	}

	private Mono<StoredImage> opened() {
		return this.wire.guarded().open(KEY).contextWrite(this.scope::addTo);
	}

	private byte[] read() {
		return bytes(this.wire.guarded().open(KEY));
	}

	private byte[] bytes(Mono<StoredImage> image) {
		return collected(image.flatMapMany(StoredImage::body).contextWrite(this.scope::addTo));
	}

	private static byte[] collected(Flux<DataBuffer> body) {
		return body.collect(ByteArrayOutputStream::new, (bytes, piece) -> {
			byte[] copy = new byte[piece.readableByteCount()];
			piece.read(copy);
			bytes.writeBytes(copy);
		}).map(ByteArrayOutputStream::toByteArray).block(PATIENCE);
	}

	private static void assertFails(ThrowingCallable read, Class<? extends ImageFailure> failure) {
		assertThatThrownBy(read).satisfies((thrown) -> assertThat(unwrapped(thrown)).isInstanceOf(failure));
	}

	private static Throwable unwrapped(Throwable thrown) {
		return Exceptions.unwrap(thrown);
	}

}
