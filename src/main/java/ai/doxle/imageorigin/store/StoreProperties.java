package ai.doxle.imageorigin.store;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Set;

import jakarta.validation.Valid;
import jakarta.validation.constraints.AssertTrue;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotEmpty;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Positive;
import jakarta.validation.constraints.PositiveOrZero;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.annotation.Validated;

/**
 * Where images are kept, and how long the store may take.
 *
 * @param buckets buckets with the same images in order of preference: the nearest first,
 * then its replicas. At least one.
 * @param connectTimeout how long connecting to S3 may take.
 * @param firstByteTimeout how long S3 may take to respond with a head, retries included.
 * @param idleTimeout how long S3 may pause between two pieces of a body while a reader
 * waits for more.
 * @param maxConnections how many reads of one bucket may be under way, each over a
 * connection of its own. Heads have a quarter as many connections on top, and the health
 * probe one.
 * @param maxStreams how many of these reads may go out at their clients' pace: images
 * that are too large for the cache tiers, and those whose memory is needed. By default
 * half of them.
 * @param maxWaiting how many more reads of one bucket, streams and heads may each wait
 * for their turn, as long as the first-byte timeout; beyond that, the next bucket or 503.
 * @param readBufferSize how many bytes of one body are read ahead of its reader.
 * @param client which HTTP client of the AWS SDK reads from S3: netty; crt, the CRT's; or
 * auto, the CRT's for images that are loaded into memory, an eighth of the connections at
 * most, and Netty's for all else.
 */
@Validated
@ConfigurationProperties("image-origin.store")
public record StoreProperties(
		@NotEmpty(message = "must name at least one bucket: set image-origin.store.buckets[0].name "
				+ "(IMAGE_ORIGIN_STORE_BUCKETS_0_NAME)") List<@Valid Bucket> buckets,
		@DefaultValue("1s") @DurationMin(millis = 1) @DurationMax(seconds = 15) Duration connectTimeout,
		@DefaultValue("5s") @DurationMin(millis = 1) @DurationMax(seconds = 15) Duration firstByteTimeout,
		@DefaultValue("10s") @DurationMin(millis = 1) Duration idleTimeout,
		@DefaultValue("512") @Positive int maxConnections, @Nullable @Positive Integer maxStreams,
		@DefaultValue("1024") @PositiveOrZero int maxWaiting, @DefaultValue("16KB") DataSize readBufferSize,
		@DefaultValue("auto") Client client) {

	/** The HTTP clients of the AWS SDK that may read from S3. */
	public enum Client {

		/**
		 * The CRT's for images that are loaded into memory, Netty's for bodies at their
		 * clients' pace.
		 */
		AUTO,
		/**
		 * The CRT's only, which takes up to 0.8 MiB outside the JVM for each body that
		 * waits for its client.
		 */
		CRT,
		/** Netty's only. */
		NETTY

	}

	private static final DataSize MIN_READ_BUFFER_SIZE = DataSize.ofKilobytes(1);

	private static final DataSize MAX_READ_BUFFER_SIZE = DataSize.ofMegabytes(16);

	@Override
	public Integer maxStreams() {
		return (this.maxStreams != null) ? this.maxStreams : Math.max(1, this.maxConnections / 2);
	}

	/** How many requests for heads may be under way. */
	public int maxHeads() {
		return Math.max(2, this.maxConnections / 4);
	}

	@AssertTrue(message = "image-origin.store.max-streams must be at most image-origin.store.max-connections")
	boolean isShareOfConnections() {
		return maxStreams() <= this.maxConnections;
	}

	@AssertTrue(message = "image-origin.store.read-buffer-size must be at least 1KB and at most 16MB, "
			+ "16KB for example")
	boolean isReadBufferOfUsableSize() {
		return this.readBufferSize.compareTo(MIN_READ_BUFFER_SIZE) >= 0
				&& this.readBufferSize.compareTo(MAX_READ_BUFFER_SIZE) <= 0;
	}

	/**
	 * A bucket.
	 *
	 * @param name the bucket's name.
	 * @param region its AWS region, e.g. {@code ap-southeast-2}; by default the region of
	 * the environment (AWS_REGION, profile, instance metadata).
	 * @param endpoint where its S3 server is, for MinIO and the like; by default AWS's
	 * own address for the region.
	 * @param pathStyle whether the bucket's name goes into the path instead of the host
	 * name; most servers other than AWS need it.
	 */
	public record Bucket(
			@NotBlank(message = "must be the name of a bucket: set image-origin.store.buckets[n].name") String name,
			@Nullable @Pattern(regexp = "[a-z0-9-]+",
					message = "must be a region such as ap-southeast-2; without it "
							+ "the environment's is taken (image-origin.store.buckets[n].region)") String region,
			@Nullable URI endpoint, @DefaultValue("false") boolean pathStyle) {

		@AssertTrue(message = "image-origin.store.buckets[n].endpoint must be a URL such as http://localhost:9000")
		boolean isEndpointUrl() {
			return this.endpoint == null || (this.endpoint.getHost() != null
					&& Set.of("http", "https").contains(String.valueOf(this.endpoint.getScheme())));
		}

	}

}
