package ai.doxle.imageorigin.admin.events;

import java.net.URI;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;

import jakarta.validation.Valid;
import jakarta.validation.constraints.AssertTrue;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.validation.annotation.Validated;

/**
 * How this region hears of what happens to images in its bucket, and of purges in other
 * regions.
 *
 * @param queueUrl the SQS queue that receives the events of this region; none: no queue
 * is read.
 * @param region AWS region of the queue; by default the one that its URL names, or that
 * of the environment.
 * @param endpoint where SQS is, for tests; by default AWS's own address.
 * @param secrets one or two secrets that a webhook may present as its bearer token in
 * place of a token with the scope {@code images:admin}. Two values allow rotation.
 * @param peers the queues of the other regions, each of which is told of purges.
 */
@Validated
@ConfigurationProperties("image-origin.events")
public record EventProperties(
		@Nullable @Pattern(regexp = "|https?://[^/]+/.+",
				message = "must be the URL of an SQS queue such as "
						+ "https://sqs.ap-southeast-2.amazonaws.com/123456789012/image-events, or nothing if no queue "
						+ "shall be read (image-origin.events.queue-url)") String queueUrl,
		@Nullable @Pattern(regexp = "[a-z0-9-]*",
				message = "must be a region such as ap-southeast-2 (image-origin.events.region)") String region,
		@Nullable URI endpoint,
		@Nullable @Size(min = 1, max = 2,
				message = "must hold one or two secrets: the old and the new one; leave it out if no webhook presents "
						+ "one (image-origin.events.secrets)") List<@Pattern(regexp = "[!-~]{32,}",
								message = "must be at least 32 visible ASCII characters, as a header can carry "
										+ "them (image-origin.events.secrets)") String> secrets,
		@Nullable List<@Valid Peer> peers) {

	private static final java.util.regex.Pattern REGIONAL_HOST = java.util.regex.Pattern
		.compile("https?://sqs(?:-fips)?\\.([a-z0-9-]+)\\.(?:amazonaws|api\\.aws)[^/]*/.*");

	@AssertTrue(message = "image-origin.events.endpoint must be a URL such as http://localhost:9324")
	boolean isEndpointUrl() {
		return isUrl(this.endpoint);
	}

	@AssertTrue(message = "image-origin.events.peers must name each region once, and not this one's queue: a region "
			+ "that told itself of a purge would purge twice")
	boolean isEachPeerAnother() {
		Set<String> urls = new HashSet<>();
		Set<String> names = new HashSet<>();
		return peers().stream()
			.allMatch((peer) -> !Objects.equals(peer.queueUrl(), this.queueUrl) && urls.add(peer.queueUrl())
					&& names.add(peer.name()));
	}

	@Override
	public List<Peer> peers() {
		return (this.peers != null) ? this.peers : List.of();
	}

	@Override
	public List<String> secrets() {
		return (this.secrets != null) ? this.secrets : List.of();
	}

	/** The queue to read, or null if there is none. */
	public @Nullable Queue queue() {
		return hasQueue() ? queue(String.valueOf(this.queueUrl), this.region, this.endpoint) : null;
	}

	private boolean hasQueue() {
		return this.queueUrl != null && !this.queueUrl.isEmpty();
	}

	/** How this region calls itself when it tells others of a purge. */
	public String name() {
		String name = regionOf(String.valueOf(this.queueUrl), this.region);
		return (name != null) ? name : "elsewhere";
	}

	/** A server other than AWS is where the queue's URL says. */
	private static Queue queue(String url, @Nullable String region, @Nullable URI endpoint) {
		URI server = (endpoint != null || REGIONAL_HOST.matcher(url).matches()) ? endpoint
				: URI.create(url).resolve("/");
		return new Queue(url, regionOf(url, region), server);
	}

	/** The region that a setting or else the queue's URL names, or null. */
	private static @Nullable String regionOf(String url, @Nullable String region) {
		if (region != null && !region.isEmpty()) {
			return region;
		}
		Matcher host = REGIONAL_HOST.matcher(url);
		return host.matches() ? host.group(1) : null;
	}

	private static boolean isUrl(@Nullable URI endpoint) {
		return endpoint == null || (endpoint.getHost() != null
				&& Set.of("http", "https").contains(String.valueOf(endpoint.getScheme())));
	}

	@Override
	public String toString() {
		return "EventProperties[queueUrl=" + this.queueUrl + ", region=" + this.region + ", endpoint=" + this.endpoint
				+ ", secrets=" + secrets().size() + ", peers=" + this.peers + "]";
	}

	/**
	 * The queue of another region.
	 *
	 * @param queueUrl the SQS queue that the other region reads.
	 * @param region AWS region of the queue, by which purges name it; by default the one
	 * that its URL names.
	 * @param endpoint where SQS is, for tests; by default AWS's own address.
	 */
	public record Peer(@NotBlank(
			message = "must be the URL of an SQS queue: set " + "image-origin.events.peers[n].queue-url") @Pattern(
					regexp = "https?://[^/]+/.+",
					message = "must be the URL of an SQS queue such as "
							+ "https://sqs.eu-west-2.amazonaws.com/123456789012/image-events "
							+ "(image-origin.events.peers[n].queue-url)") String queueUrl,
			@Nullable @Pattern(regexp = "[a-z0-9-]*",
					message = "must be a region such as eu-west-2 (image-origin.events.peers[n].region)") String region,
			@Nullable URI endpoint) {

		@AssertTrue(message = "image-origin.events.peers[n].endpoint must be a URL such as http://localhost:9324")
		boolean isEndpointUrl() {
			return isUrl(this.endpoint);
		}

		@AssertTrue(message = "image-origin.events.peers[n].region must be set, since the URL of the queue names none")
		boolean isRegionKnown() {
			return this.queueUrl == null || regionOf(this.queueUrl, this.region) != null;
		}

		/** The region, by which purges name it. */
		public String name() {
			return String.valueOf(regionOf(this.queueUrl, this.region));
		}

		/** The queue. */
		public Queue queue() {
			return EventProperties.queue(this.queueUrl, this.region, this.endpoint);
		}

	}

	/**
	 * A queue.
	 *
	 * @param url its URL
	 * @param region its region, or null for that of the environment
	 * @param endpoint where SQS is, or null for AWS's own address
	 */
	public record Queue(String url, @Nullable String region, @Nullable URI endpoint) {

	}

}
