package ai.doxle.imageorigin.cache.redis;

import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.health.contributor.Health;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

import ai.doxle.imageorigin.cache.CacheProperties;
import ai.doxle.imageorigin.cache.PurgeListener;
import ai.doxle.imageorigin.cache.RegionalAnswer;
import ai.doxle.imageorigin.cache.RegionalAnswer.Granted;
import ai.doxle.imageorigin.cache.RegionalAnswer.Held;
import ai.doxle.imageorigin.cache.RegionalLease;
import ai.doxle.imageorigin.cache.redis.link.RedisErrors;
import ai.doxle.imageorigin.cache.redis.link.RedisHealthIndicator;
import ai.doxle.imageorigin.cache.redis.link.RedisLink;
import ai.doxle.imageorigin.cache.redis.purge.JournalPosition;
import ai.doxle.imageorigin.cache.redis.purge.PurgeIndex;
import ai.doxle.imageorigin.cache.redis.purge.PurgeJournal;
import ai.doxle.imageorigin.image.ETag;
import ai.doxle.imageorigin.image.ImageHead;
import ai.doxle.imageorigin.image.ImageKey;
import ai.doxle.imageorigin.image.ImageSelection;
import ai.doxle.imageorigin.offheap.ImageBytes;
import ai.doxle.imageorigin.offheap.ImageMemory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The regional cache of one instance, configured by Spring, with helpers for tests.
 */
final class RegionInstance implements AutoCloseable {

	/** Longer than any operation that succeeds takes. */
	static final Duration PATIENCE = Duration.ofSeconds(30);

	private final ConfigurableApplicationContext context;

	private final ImageMemory memory = new ImageMemory(1L << 30, 1L << 30, 1L << 30);

	private RegionInstance(ConfigurableApplicationContext context) {
		this.context = context;
	}

	/**
	 * Starts an instance, which may not reach Redis yet. Its command timeout is longer
	 * than the default, because machines that run tests are busy.
	 */
	static RegionInstance start(Properties redis, Map<String, Object> more) {
		return new RegionInstance(new SpringApplicationBuilder(TestConfiguration.class).web(WebApplicationType.NONE)
			.properties("image-origin.cache.redis.command-timeout=5s")
			.properties(redis)
			.properties(more)
			.run());
	}

	/** Starts an instance and waits until it is available. */
	static RegionInstance join(Properties redis) {
		RegionInstance instance = start(redis, Map.of());
		instance.awaitAvailable();
		return instance;
	}

	RedisImageCache cache() {
		return this.context.getBean(RedisImageCache.class);
	}

	PurgeIndex index() {
		return new PurgeIndex(this.context.getBean(RedisLink.class));
	}

	/** An image in Redis, past the cache. */
	RedisImage redisImage(ImageKey key) {
		return new RedisImage(this.context.getBean(RedisLink.class), key);
	}

	WriteLimit writers() {
		return this.context.getBean(WriteLimit.class);
	}

	CircuitBreaker breaker() {
		return this.context.getBean(CircuitBreaker.class);
	}

	/** The health of Redis. */
	Health health() {
		return this.context.getBean(RedisHealthIndicator.class).health();
	}

	/** How often this error has occurred. */
	double errors(String name) {
		MeterRegistry registry = new SimpleMeterRegistry();
		this.context.getBean(RedisErrors.class).bindTo(registry);
		return registry.get("image.origin.redis.errors").tag("error", name).functionCounter().count();
	}

	/** The purges that this instance has received. */
	List<ImageSelection> purges() {
		return this.context.getBean(Purges.class).selections;
	}

	/** Sets what this instance runs for each purge that it receives. */
	void onPurge(Runnable work) {
		this.context.getBean(Purges.class).work = work;
	}

	/** Its name within the region. */
	String name() {
		return this.context.getBean(PurgeJournal.class).name();
	}

	/** The position up to which it has read the journal. */
	JournalPosition position() {
		return this.context.getBean(PurgeJournal.class).position();
	}

	ImageMemory memory() {
		return this.memory;
	}

	/** Closes the circuit breaker. */
	void recover() {
		breaker().reset();
		awaitAvailable();
	}

	void awaitAvailable() {
		await(() -> cache().isReceivingPurges() && breaker().getState() == CircuitBreaker.State.CLOSED && answers());
	}

	private boolean answers() {
		return this.context.getBean(RedisLink.class)
			.send((redis) -> redis.ping())
			.onErrorReturn("")
			.block(PATIENCE)
			.equals("PONG");
	}

	/** Simulates a crash: renews no lease and writes nothing any more. */
	void die() {
		this.context.getBean("redisScheduler", Scheduler.class).dispose();
		breaker().transitionToForcedOpenState();
	}

	RegionalAnswer claim(ImageKey key) {
		return cache().claim(key).block(PATIENCE);
	}

	/** The head of a committed image, or null if there is none. */
	@Nullable ImageHead look(ImageKey key) {
		return (cache().look(key).block(PATIENCE) instanceof Held held) ? held.head() : null;
	}

	RegionalLease granted(ImageKey key) {
		RegionalAnswer answer = claim(key);
		assertThat(answer).isInstanceOf(Granted.class);
		return ((Granted) answer).lease();
	}

	/** Loads a missing image. */
	void load(ImageKey key, ImageHead head, byte[] bytes) {
		keep(granted(key), head, bytes).block(PATIENCE);
	}

	/** Writes an image whose bytes are complete. */
	Mono<Void> keep(RegionalLease lease, ImageHead head, byte[] bytes) {
		ImageBytes filled = allocate(bytes.length);
		filled.append(buffer(bytes));
		return lease.keep(head, filled).doFinally((signal) -> filled.release());
	}

	ImageBytes allocate(int length) {
		return this.memory.allocate(length);
	}

	/** Claims an image and reads its bytes. */
	byte[] held(ImageKey key) {
		RegionalAnswer answer = claim(key);
		assertThat(answer).isInstanceOf(Held.class);
		return bytes(((Held) answer));
	}

	@Override
	public void close() {
		this.context.close();
	}

	static byte[] bytes(Held held) {
		return held.body()
			.collect(ByteArrayOutputStream::new, RegionInstance::append)
			.map(ByteArrayOutputStream::toByteArray)
			.block(PATIENCE);
	}

	/** The bytes of a body until it completes or fails. */
	static byte[] prefix(Held held, List<Throwable> failure) {
		ByteArrayOutputStream bytes = new ByteArrayOutputStream();
		held.body()
			.doOnNext((piece) -> append(bytes, piece))
			.then()
			.doOnError(failure::add)
			.onErrorComplete()
			.block(PATIENCE);
		return bytes.toByteArray();
	}

	static void append(ByteArrayOutputStream bytes, DataBuffer piece) {
		byte[] copy = new byte[piece.readableByteCount()];
		piece.read(copy);
		bytes.writeBytes(copy);
	}

	static DataBuffer buffer(byte[] bytes) {
		return DefaultDataBufferFactory.sharedInstance.wrap(bytes);
	}

	static byte[] image(int length, int seed) {
		byte[] bytes = new byte[length];
		new Random(seed).nextBytes(bytes);
		return bytes;
	}

	static ImageHead head(byte[] bytes, String version) {
		return new ImageHead(new ETag(version, false), Instant.parse("2026-11-01T00:00:00Z"), bytes.length,
				"image/jpeg", null);
	}

	static void await(BooleanSupplier condition) {
		long deadline = System.nanoTime() + PATIENCE.toNanos();
		while (!condition.getAsBoolean()) {
			assertThat(System.nanoTime()).as("gave up waiting").isLessThan(deadline);
			sleep(Duration.ofMillis(10));
		}
	}

	static void sleep(Duration duration) {
		try {
			Thread.sleep(duration);
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	static List<ImageKey> keys(String pattern, int count) {
		List<ImageKey> keys = new ArrayList<>(count);
		for (int i = 0; i < count; i++) {
			keys.add(new ImageKey(pattern.formatted(i)));
		}
		return keys;
	}

	/** Records purges. */
	private static final class Purges implements PurgeListener {

		private final List<ImageSelection> selections = new CopyOnWriteArrayList<>();

		private volatile Runnable work = () -> {
		};

		@Override
		public void purged(ImageSelection selection) {
			this.selections.add(selection);
			this.work.run();
		}

	}

	@EnableConfigurationProperties({ RedisCacheProperties.class, CacheProperties.class })
	@Import({ RedisCacheConfiguration.class, SslAutoConfiguration.class })
	static class TestConfiguration {

		@Bean
		CircuitBreakerRegistry circuitBreakers() {
			return CircuitBreakerRegistry.ofDefaults();
		}

		@Bean
		PurgeListener purges() {
			return new Purges();
		}

	}

}
