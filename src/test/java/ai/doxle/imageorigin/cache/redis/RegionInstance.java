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
 * The room of the regional cache as one instance has it, furnished by Spring, with what a
 * test needs to use it.
 */
final class RegionInstance implements AutoCloseable {

	/** Longer than anything takes that works at all. */
	static final Duration PATIENCE = Duration.ofSeconds(30);

	private final ConfigurableApplicationContext context;

	private final ImageMemory memory = new ImageMemory(1L << 30, 1L << 30, 1L << 30);

	private RegionInstance(ConfigurableApplicationContext context) {
		this.context = context;
	}

	/**
	 * Starts an instance, which may not reach Redis yet. It is more patient with Redis
	 * than it would be by default: machines that run tests are busy.
	 */
	static RegionInstance start(Properties redis, Map<String, Object> more) {
		return new RegionInstance(new SpringApplicationBuilder(Room.class).web(WebApplicationType.NONE)
			.properties("image-origin.cache.redis.command-timeout=5s")
			.properties(redis)
			.properties(more)
			.run());
	}

	/** Starts an instance and waits until it can be used. */
	static RegionInstance join(Properties redis) {
		RegionInstance instance = start(redis, Map.of());
		instance.awaitWell();
		return instance;
	}

	RedisImageCache cache() {
		return this.context.getBean(RedisImageCache.class);
	}

	PurgeIndex index() {
		return new PurgeIndex(this.context.getBean(RedisLink.class));
	}

	WriteLimit writers() {
		return this.context.getBean(WriteLimit.class);
	}

	CircuitBreaker breaker() {
		return this.context.getBean(CircuitBreaker.class);
	}

	/** What operators are told of Redis. */
	Health health() {
		return this.context.getBean(RedisHealthIndicator.class).health();
	}

	/** How often Redis, or the way to it, answered with an error of that name. */
	double errors(String name) {
		MeterRegistry registry = new SimpleMeterRegistry();
		this.context.getBean(RedisErrors.class).bindTo(registry);
		return registry.get("image.origin.redis.errors").tag("error", name).functionCounter().count();
	}

	/** What this instance was told to forget. */
	List<ImageSelection> purges() {
		return this.context.getBean(Purges.class).selections;
	}

	/** What this instance does with each purge that it hears of. */
	void uponPurge(Runnable work) {
		this.context.getBean(Purges.class).work = work;
	}

	/** What others call it. */
	String name() {
		return this.context.getBean(PurgeJournal.class).name();
	}

	/** Up to where it has read the purges. */
	JournalPosition position() {
		return this.context.getBean(PurgeJournal.class).position();
	}

	ImageMemory memory() {
		return this.memory;
	}

	/** Forgets that Redis was unavailable. */
	void heal() {
		breaker().reset();
		awaitWell();
	}

	void awaitWell() {
		await(() -> cache().isReceivingPurges() && breaker().getState() == CircuitBreaker.State.CLOSED && answers());
	}

	private boolean answers() {
		return this.context.getBean(RedisLink.class)
			.send((redis) -> redis.ping())
			.onErrorReturn("")
			.block(PATIENCE)
			.equals("PONG");
	}

	/** Dies as far as others can see: nothing is renewed any more, nothing is written. */
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

	/** Loads an image that nobody has, whole. */
	void load(ImageKey key, ImageHead head, byte[] bytes) {
		keep(granted(key), head, bytes).block(PATIENCE);
	}

	/** Keeps an image whose bytes are all there. */
	Mono<Void> keep(RegionalLease lease, ImageHead head, byte[] bytes) {
		ImageBytes filled = allocate(bytes.length);
		filled.append(buffer(bytes));
		return lease.keep(head, filled).doFinally((signal) -> filled.release());
	}

	ImageBytes allocate(int length) {
		return this.memory.allocate(length);
	}

	/** The image's bytes, as a claim finds them. */
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

	/** What can be had of a body until it ends, well or not. */
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

	/** What was told to this instance. */
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
	static class Room {

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
